import { err, ok, type Result } from 'neverthrow';
import { usageKey, usedMoment, usedValue } from '../../../domain/entitlements/admit.js';
import type { WindowKind } from '../../../domain/entitlements/allowance.js';
import { isCountedHere } from '../../../domain/entitlements/built-in.js';
import { allowanceOf, decide } from '../../../domain/entitlements/decide.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { InvalidValue } from '../../../domain/entitlements/refusals.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import { windowStartsOf } from '../../../domain/entitlements/windows.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import { type Actor, isUnbound } from '../actor.js';
import type { NotInPlan, NotMetered, UsageRefusal } from '../failures.js';
import type { Known } from '../known.js';
import type { NewUsage } from './rows.js';

/** A record as it is to be written. `undated`: nobody said when, so that said again it has another moment. */
export type Admitted = {
  readonly record: UsageRecord;
  readonly windows: WindowStarts;
  readonly undated: boolean;
};

const notMetered = (reason: string) =>
  err({ kind: 'not_metered' as const, field: 'feature' as const, reason });

const notInPlan = ({ account, facts }: Known): Result<void, NotInPlan> =>
  err({ kind: 'not_in_plan', field: 'feature', decision: decide(account, facts, 1n) });

/** Whether use of it is a matter of records. */
export const countsByRecords = ({ kind, held }: Feature): Result<void, NotMetered> => {
  if (kind !== 'metered') return notMetered(`The use of a ${kind} feature is not counted.`);
  return held ? notMetered('It is counted where it is made and deleted.') : ok(undefined);
};

/** What holds for every use of a feature in an account, whenever it was: the same for all such rows of a batch. */
export type Entrance = {
  readonly account: Known['account'];
  readonly feature: Feature;
  readonly by: { readonly unbound: boolean; readonly window: WindowKind | undefined };
  /** What is used now counts in these. */
  readonly windows: WindowStarts;
};

/** Whether this actor may put use of it on record. Limits are no reason against it: what has happened has happened. */
export const entranceOf = ({ account, facts }: Known, actor: Actor): Result<Entrance, UsageRefusal> => {
  const allowance = allowanceOf(facts)?.allowance;
  const by = { unbound: isUnbound(actor), window: allowance?.window };
  const { feature } = facts;
  return countsByRecords(feature)
    .andThen(() =>
      isCountedHere(feature) && !by.unbound ? notMetered('It is counted where it happens.') : ok(undefined),
    )
    .andThen(() => (allowance || by.unbound ? ok(undefined) : notInPlan({ account, facts })))
    .map(() => ({ account, feature, by, windows: windowsAt(account.asOf, account) }));
};

const windowsAt = (usedAt: Instant, { period, asOf: now }: Known['account']): WindowStarts =>
  windowStartsOf(usedAt, { period, now });

/** One use as a record, or why it cannot be one. */
export const admitRow = (
  { account, feature, by, windows }: Entrance,
  { accountId, key, value: given, usedAt: at }: NewUsage,
  id: string,
): Result<Admitted, InvalidValue> =>
  usageKey(key)
    .andThen(() => usedValue(given, by))
    .andThen((value) =>
      usedMoment(at, account, by).map((usedAt) => ({
        record: { id, accountId, featureId: feature.id, key, value, usedAt, recordedAt: account.asOf },
        windows: at === undefined ? windows : windowsAt(usedAt, account),
        undated: at === undefined,
      })),
    );
