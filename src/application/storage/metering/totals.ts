import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import type { StorageSize } from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import type { Tally } from './tally.js';

/** How old a total may be. */
const FRESH = SECOND / 4;
const MOST_KNOWN = 10_000;

type Known = { readonly size: StorageSize; readonly at: Instant; readonly flushes: number };
type Deps = {
  readonly meter: Pick<StorageMeter, 'usedBy'>;
  readonly tally: Pick<Tally, 'flushes'>;
  readonly clock: Clock;
};

/** Totals as the meter knows them, asked for once in a while. */
export const totals = ({ meter, tally, clock }: Deps) => {
  const known = new Map<AccountId, Known>();
  const isFresh = ({ at, flushes }: Known): boolean => {
    const age = clock.now() - at;
    return flushes === tally.flushes() && age >= 0 && age < FRESH;
  };
  const ask = (account: AccountId): ResultAsync<StorageSize, Unavailable> => {
    const [at, flushes] = [clock.now(), tally.flushes()];
    return meter.usedBy(account).andThen((size) => {
      // Handed over meanwhile: nobody can tell whether it is in the total, and it no longer waits here.
      if (flushes !== tally.flushes()) return ask(account);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(account, { size, at, flushes });
      return okAsync(size);
    });
  };
  const asking = new Map<AccountId, ResultAsync<StorageSize, Unavailable>>();
  /** Whoever comes while somebody asks waits for the same answer. */
  const together = (account: AccountId): ResultAsync<StorageSize, Unavailable> => {
    const before = asking.get(account);
    if (before) return before;
    const done = (): void => void asking.delete(account);
    const answer = ask(account).andTee(done).orTee(done);
    asking.set(account, answer);
    return answer;
  };
  return (account: AccountId): ResultAsync<StorageSize, Unavailable> => {
    const total = known.get(account);
    return total && isFresh(total) ? okAsync(total.size) : together(account);
  };
};
