import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import type { Tally } from './tally.js';

/** The project may not store so much. Nothing was stored. */
export type StorageQuotaExceeded = { readonly kind: 'storage_quota_exceeded'; readonly limit: number };
type Refusal = StorageQuotaExceeded | Unavailable;

/** Room that somebody who is storing something has taken, until it is counted as stored or given up. */
export type Claim = {
  /** So many bytes more, or none; `beside`: what lies in the store without being part of the total. */
  readonly take: (bytes: number, beside?: number) => ResultAsync<void, Refusal>;
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
  /** `replaced` is asked only when there is no room otherwise: bytes that make way for what is claimed. */
  readonly claim: (account: AccountId, replaced: () => ResultAsync<number, Unavailable>) => Claim;
};

/** How old the total may be that decides. */
const FRESH = SECOND / 4;
const MOST_KNOWN = 10_000;

type Known = { readonly bytes: number; readonly at: Instant; readonly flushes: number };
type Deps = {
  readonly meter: Pick<StorageMeter, 'usedBy'>;
  readonly tally: Pick<Tally, 'waiting' | 'flushes'>;
  readonly clock: Clock;
  /** Bytes that an account may store. */
  readonly limit: number;
};

/** Totals as the meter knows them, asked for once in a while. */
const totals = ({ meter, tally, clock }: Deps) => {
  const known = new Map<AccountId, Known>();
  const isFresh = ({ at, flushes }: Known): boolean => {
    const age = clock.now() - at;
    return flushes === tally.flushes() && age >= 0 && age < FRESH;
  };
  const ask = (account: AccountId): ResultAsync<number, Unavailable> => {
    const [at, flushes] = [clock.now(), tally.flushes()];
    return meter.usedBy(account).andThen((bytes) => {
      // Handed over meanwhile: nobody can tell whether it is in the total, and it no longer waits here.
      if (flushes !== tally.flushes()) return ask(account);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(account, { bytes, at, flushes });
      return okAsync(bytes);
    });
  };
  const asking = new Map<AccountId, ResultAsync<number, Unavailable>>();
  /** Whoever comes while somebody asks waits for the same answer. */
  const together = (account: AccountId): ResultAsync<number, Unavailable> => {
    const before = asking.get(account);
    if (before) return before;
    const done = (): void => void asking.delete(account);
    const answer = ask(account).andTee(done).orTee(done);
    asking.set(account, answer);
    return answer;
  };
  return (account: AccountId): ResultAsync<number, Unavailable> => {
    const total = known.get(account);
    return total && isFresh(total) ? okAsync(total.bytes) : together(account);
  };
};

/**
 * What accounts may still store. To the meter's total come what this process has counted since and what it is
 * storing at this moment, so that of any number of uploads at once none goes beyond the limit with the others.
 */
export const storageAllowance = (deps: Deps): Allowance => {
  const { tally, limit } = deps;
  const totalOf = totals(deps);
  const claimed = new Map<AccountId, number>();
  const weigh = (account: AccountId, bytes: number): void => {
    const now = (claimed.get(account) ?? 0) + bytes;
    if (now === 0) claimed.delete(account);
    else claimed.set(account, now);
  };
  return {
    claim: (account, replaced) => {
      let [held, discount]: [number, number | undefined] = [0, undefined];
      const weight = (): number => Math.max(0, held - (discount ?? 0));
      const change = (act: () => void): void => {
        const before = weight();
        act();
        weigh(account, weight() - before);
      };
      const hold = (bytes: number): void =>
        change(() => {
          held += bytes;
        });
      const attempt = (bytes: number, beside: number): ResultAsync<void, Refusal> =>
        totalOf(account).andThen((total): Result<void, Refusal> => {
          const before = weight();
          hold(bytes);
          const used = beside + total + tally.waiting(account) + (claimed.get(account) ?? 0);
          if (weight() === before || used <= limit) return ok(undefined);
          hold(-bytes);
          return err({ kind: 'storage_quota_exceeded', limit });
        });
      const discounted = (bytes: number, beside: number): ResultAsync<void, Refusal> =>
        replaced().andThen((size) => {
          change(() => {
            discount = size;
          });
          return attempt(bytes, beside);
        });
      return {
        take: (bytes, beside = 0) =>
          attempt(bytes, beside).orElse((refusal) =>
            refusal.kind === 'unavailable' || discount !== undefined
              ? errAsync(refusal)
              : discounted(bytes, beside),
          ),
        end: () => hold(-held),
      };
    },
  };
};
