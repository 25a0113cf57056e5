import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import { DAY } from '../../domain/shared/time.js';
import type { Use } from '../../ports/accounts/uses.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { AccountsDeps } from './deps.js';

/** Written down in one transaction. */
const BATCH = 1_000;

/** What organizations' calls this process has let in and not yet written down. */
export type CallTally = {
  readonly note: (organization: AccountId) => void;
  /** Writes all down; what cannot be written waits on. To be called about every second, and at the end. */
  readonly flush: () => ResultAsync<void, Unavailable>;
};

const batchesOf = (uses: readonly Use[]): readonly (readonly Use[])[] =>
  Array.from({ length: Math.ceil(uses.length / BATCH) }, (_, i) => uses.slice(i * BATCH, (i + 1) * BATCH));

/**
 * Counts calls in this process, those of one organization as one until they are written down: a process that dies
 * loses what waits here. A count that is on its way out grows no more and keeps its key, so that it counts once
 * even where nobody heard that it was written.
 */
export const callTally = ({
  accounts,
  clock,
  ids,
}: Pick<AccountsDeps, 'accounts' | 'clock' | 'ids'>): CallTally => {
  let waiting = new Map<string, Use>();
  let sending: readonly (readonly Use[])[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  const send = async (): Promise<Result<void, Unavailable>> => {
    for (const batch of sending) {
      const counted = await accounts.runAdding((tx) => tx.uses.count(batch));
      if (counted.isErr()) return err(counted.error);
      sending = sending.slice(1);
    }
    return ok(undefined);
  };
  /** What could not be written goes first, as it was. */
  const handOver = async (): Promise<Result<void, Unavailable>> => {
    const before = await send();
    if (before.isErr()) return before;
    sending = batchesOf([...waiting.values()]);
    waiting = new Map();
    return send();
  };

  return {
    note: (accountId) => {
      const at = clock.now();
      // A call counts in the UTC day in which it came, however late it is written down.
      const name = `${accountId} ${Math.floor(at / DAY)}`;
      const before = waiting.get(name);
      const key = before?.key ?? `calls:${ids.next()}`;
      waiting.set(name, { accountId, feature: 'api_calls', amount: (before?.amount ?? 0n) + 1n, key, at });
    },
    flush: () => {
      const flushed = queue.then(handOver);
      queue = flushed.catch(() => undefined);
      return new ResultAsync(flushed);
    },
  };
};
