import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import { difference, NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { LimitRefusal } from '../../../ports/shared/limit-refusal.js';
import type { StorageLimits } from '../../../ports/storage/limits.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import type { Tally } from './tally.js';

/** The project may not store so much. Nothing was stored. */
export type StorageQuotaExceeded = {
  readonly kind: 'storage_quota_exceeded';
  readonly decision: LimitRefusal;
};
type Refusal = StorageQuotaExceeded | Unavailable;

/** Room that somebody who is storing something has taken, until it is counted as stored or given up. */
export type Claim = {
  /** So much more, or nothing; `beside`: what lies in the store without being part of the total. */
  readonly take: (more: StorageSize, beside?: StorageSize) => ResultAsync<void, Refusal>;
  readonly end: () => void;
};
/** Lets go of a claim, however the work on it ends: at the moment at which what was stored is `counted`. */
export const ending = <T, E>(
  claim: Claim,
  work: ResultAsync<T, E>,
  counted: (done: T) => void,
): ResultAsync<T, E> =>
  work
    .map((done) => {
      counted(done);
      claim.end();
      return done;
    })
    .mapErr((failure) => {
      claim.end();
      return failure;
    });

export type Allowance = {
  /** `replaced` is asked only when there is no room otherwise: what makes way for what is claimed. */
  readonly claim: (account: AccountId, replaced: () => ResultAsync<StorageSize, Unavailable>) => Claim;
};

/** How old the total may be that decides. */
const FRESH = SECOND / 4;
const MOST_KNOWN = 10_000;

type Known = { readonly size: StorageSize; readonly at: Instant; readonly flushes: number };
type Deps = {
  readonly meter: Pick<StorageMeter, 'usedBy'>;
  readonly tally: Pick<Tally, 'waiting' | 'flushes'>;
  readonly clock: Clock;
  readonly limits: StorageLimits;
};

/** Totals as the meter knows them, asked for once in a while. */
const totals = ({ meter, tally, clock }: Deps) => {
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

const positive = ({ bytes, objects }: StorageSize): StorageSize => ({
  bytes: Math.max(0, bytes),
  objects: Math.max(0, objects),
});
const negative = (size: StorageSize): StorageSize => difference(NOTHING, size);

/**
 * What accounts may still store. To the meter's total come what this process has counted since and what it is
 * storing at this moment, so that of any number of uploads at once none goes beyond the limit with the others.
 */
export const storageAllowance = (deps: Deps): Allowance => {
  const { tally, limits } = deps;
  const totalOf = totals(deps);
  const claimed = new Map<AccountId, StorageSize>();
  const claimedBy = (account: AccountId): StorageSize => claimed.get(account) ?? NOTHING;
  const weigh = (account: AccountId, size: StorageSize): void => {
    const now = sum(claimedBy(account), size);
    if (now.bytes === 0 && now.objects === 0) claimed.delete(account);
    else claimed.set(account, now);
  };
  return {
    claim: (account, replaced) => {
      let [held, discount]: [StorageSize, StorageSize | undefined] = [NOTHING, undefined];
      const weight = (): StorageSize => positive(difference(held, discount ?? NOTHING));
      const change = (act: () => void): StorageSize => {
        const before = weight();
        act();
        const more = difference(weight(), before);
        weigh(account, more);
        return more;
      };
      const hold = (size: StorageSize): StorageSize =>
        change(() => {
          held = sum(held, size);
        });
      // The rule first: between the total and what waits here for it nothing else may come.
      const attempt = (size: StorageSize, beside: StorageSize): ResultAsync<void, Refusal> =>
        limits.ruleFor(account).andThen((refused) =>
          totalOf(account).andThen((total): Result<void, Refusal> => {
            const used = [beside, total, tally.waiting(account), claimedBy(account)].reduce(sum);
            const decision = refused(used, hold(size));
            if (decision === undefined) return ok(undefined);
            hold(negative(size));
            return err({ kind: 'storage_quota_exceeded', decision });
          }),
        );
      const discounted = (size: StorageSize, beside: StorageSize): ResultAsync<void, Refusal> =>
        replaced().andThen((made) => {
          change(() => {
            discount = made;
          });
          return attempt(size, beside);
        });
      return {
        take: (more, beside = NOTHING) =>
          attempt(more, beside).orElse((refusal) =>
            refusal.kind === 'unavailable' || discount !== undefined
              ? errAsync(refusal)
              : discounted(more, beside),
          ),
        end: () => void hold(negative(held)),
      };
    },
  };
};
