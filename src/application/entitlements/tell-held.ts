import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { type Crossing, crossingsOf } from '../../domain/entitlements/crossings.js';
import type { HeldFeature } from '../../domain/entitlements/feature.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import { tellCrossings } from './crossings.js';
import type { EntitlementsDeps } from './deps.js';
import { completed, type Known, knownIn } from './known.js';

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'readers' | 'settings'>;

/** Crossings that are remembered, so that nobody writes every second what was told long ago. */
const MOST = 10_000;

const nameOf =
  (accountId: AccountId) =>
  ({ featureId, windowStart, percent, limit }: Crossing): string =>
    `${accountId} ${featureId} ${windowStart} ${percent} ${limit}`;

/**
 * Tells of the shares of their limits that features have come to which are counted elsewhere, and later than they are
 * taken: what a store holds. Each share of each limit is told once in a window, by whichever process comes first.
 */
export const tellHeld = ({ clock, ids, entitlements, readers, settings }: Deps) => {
  const told = new Set<string>();
  const namesOf = ({ account, facts }: Known): readonly string[] =>
    crossingsOf(account, facts).map(nameOf(account.accountId));
  const remember = (all: readonly Known[]): void => {
    if (told.size >= MOST) told.clear();
    for (const name of all.flatMap(namesOf)) told.add(name);
  };
  const tell = (accountId: AccountId, all: readonly Known[]): ResultAsync<void, Unavailable> =>
    entitlements
      .run((tx) =>
        tx.accounts
          .lockLive(accountId)
          .andThen(() =>
            all.reduce<ResultAsync<void, Unavailable>>(
              (before, one) => before.andThen(() => tellCrossings(tx, ids, one)),
              okAsync(undefined),
            ),
          ),
      )
      // Of an account that is gone there is nobody to tell.
      .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : errAsync(failure)))
      .map(() => remember(all));
  return (accountId: AccountId, keys: readonly HeldFeature[]): ResultAsync<void, Unavailable> =>
    completed(readers.facts, settings)(accountId, clock.now(), keys).andThen((account) => {
      const near = keys
        .map((key) => knownIn(account, key))
        .filter((one) => one !== undefined)
        .filter((one) => namesOf(one).some((name) => !told.has(name)));
      return near.length === 0 ? okAsync(undefined) : tell(accountId, near);
    });
};
