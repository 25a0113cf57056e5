import type { Container } from 'inversify';
import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../domain/shared/ids.js';
import type { Unavailable } from '../ports/shared/failure.js';
import { contexts, ports } from './tokens.js';

const STORED = ['storage_bytes', 'objects'] as const;

/**
 * Tells of the limits that what is stored has come near to, or reached, by what this process has handed over. Whom
 * it could not tell of it tells of the next time.
 */
export const nearLimits = (container: Container): (() => ResultAsync<void, Unavailable>) => {
  const { tally } = container.get(ports.storageMetering);
  const { tellHeld } = container.get(contexts.entitlements);
  const due = new Set<AccountId>();
  return () => {
    for (const account of tally.takeGrown()) due.add(account);
    return [...due].reduce<ResultAsync<void, Unavailable>>(
      (before, account) => before.andThen(() => tellHeld(account, STORED).andTee(() => due.delete(account))),
      okAsync(undefined),
    );
  };
};
