import { err, errAsync, ok, type Result, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { difference, NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { LimitRefusal } from '../../../ports/shared/limit-refusal.js';
import type { StorageLimits, StorageRule } from '../../../ports/storage/limits.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import type { Escrow } from './escrow.js';
import { positive } from './holdings.js';
import type { Tally } from './tally.js';
import { totals } from './totals.js';

/** The project may not store so much. Nothing was stored. */
export type StorageQuotaExceeded = {
  readonly kind: 'storage_quota_exceeded';
  readonly decision: LimitRefusal;
};
type Refusal = StorageQuotaExceeded | Unavailable;
const exceeded = (decision: LimitRefusal): StorageQuotaExceeded => ({
  kind: 'storage_quota_exceeded',
  decision,
});

/** Room that somebody who is storing something has taken, until it is counted as stored or given up. */
export type Claim = {
  /** So much more, or nothing; `beside`: what lies in the store without being part of the total. */
  readonly take: (more: StorageSize, beside?: StorageSize) => ResultAsync<void, Refusal>;
  /** Why there was no room but for what is replaced. It stands unless just that version makes way. */
  readonly spared: () => StorageQuotaExceeded | undefined;
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

type Deps = {
  readonly meter: Pick<StorageMeter, 'usedBy'>;
  readonly tally: Pick<Tally, 'waiting' | 'flushes'>;
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly limits: StorageLimits;
};

/** What somebody holds: so much, less what makes way for it. */
const claimOf = (escrow: Escrow, account: AccountId) => {
  let [held, discount]: [StorageSize, StorageSize] = [NOTHING, NOTHING];
  let isOver = false;
  const weight = (size: StorageSize): StorageSize =>
    discount === NOTHING ? size : positive(difference(size, discount));
  return {
    /** What comes to what is held already with so much more. */
    growth: (size: StorageSize): StorageSize =>
      discount === NOTHING ? size : difference(weight(sum(held, size)), weight(held)),
    /** Whoever is gone by the time that room is found holds nothing. */
    hold: (size: StorageSize, growth: StorageSize): void => {
      if (isOver) return;
      held = sum(held, size);
      escrow.claim(account, growth);
    },
    replaces: (made: StorageSize): void => {
      const before = weight(held);
      discount = made;
      escrow.claim(account, difference(weight(held), before));
    },
    end: (): void => {
      isOver = true;
      if (held === NOTHING) return;
      escrow.claim(account, difference(NOTHING, weight(held)));
      held = NOTHING;
    },
  };
};

/**
 * What accounts may still store. First by what is known here: the total of a moment ago, what this process has counted
 * since and what it is storing at this moment. What that lets through is covered by room set aside for it, so that of
 * any number of uploads at once, in any number of processes, none goes beyond the limit with the others.
 */
export const storageAllowance = (deps: Deps): Allowance => {
  const { tally, limits, escrow } = deps;
  const totalOf = totals(deps);
  return {
    claim: (account, replaced) => {
      const claim = claimOf(escrow, account);
      let spared: StorageQuotaExceeded | undefined;
      const covered = (
        rule: StorageRule,
        size: StorageSize,
        more: StorageSize,
        beside: StorageSize,
      ): Result<void, Refusal> | ResultAsync<void, Refusal> => {
        if (escrow.covers(account, rule, more)) {
          claim.hold(size, more);
          return ok(undefined);
        }
        const hold = (): void => claim.hold(size, more);
        return escrow
          .ask(account, { more, beside, ceiling: rule.ceiling, refused: rule, hold })
          .andThen((decision) => (decision ? err(exceeded(decision)) : ok(undefined)));
      };
      // The rule first: between the total and what waits here for it nothing else may come.
      const attempt = (size: StorageSize, beside: StorageSize): ResultAsync<void, Refusal> =>
        limits.ruleFor(account).andThen((rule) =>
          totalOf(account).andThen((total) => {
            const used = [beside, total, tally.waiting(account), escrow.claimed(account)].reduce(sum);
            const more = claim.growth(size);
            const decision = rule(used, more);
            return decision === undefined ? covered(rule, size, more, beside) : err(exceeded(decision));
          }),
        );
      const discounted = (size: StorageSize, beside: StorageSize): ResultAsync<void, Refusal> =>
        replaced().andThen((made) => {
          claim.replaces(made);
          return attempt(size, beside);
        });
      return {
        take: (more, beside = NOTHING) =>
          attempt(more, beside).orElse((refusal) => {
            if (refusal.kind === 'unavailable' || spared) return errAsync(refusal);
            return discounted(more, beside).andTee(() => {
              spared = refusal;
            });
          }),
        spared: () => spared,
        end: claim.end,
      };
    },
  };
};
