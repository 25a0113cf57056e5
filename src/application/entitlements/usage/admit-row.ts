import { err, ok, type Result } from 'neverthrow';
import { usageKey, usedMoment, usedValue } from '../../../domain/entitlements/admit.js';
import { isCountedHere } from '../../../domain/entitlements/built-in.js';
import { allowanceOf, decide } from '../../../domain/entitlements/decide.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import { windowStartsOf } from '../../../domain/entitlements/windows.js';
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

/** One use as a record, or why it cannot be one. Limits are no reason: what has happened has happened. */
export const admitRow = (
  { account, facts }: Known,
  usage: NewUsage,
  actor: Actor,
  id: string,
): Result<Admitted, UsageRefusal> => {
  const allowance = allowanceOf(facts)?.allowance;
  const by = { unbound: isUnbound(actor), window: allowance?.window };
  const { feature } = facts;
  return countsByRecords(feature)
    .andThen(() =>
      isCountedHere(feature) && !by.unbound ? notMetered('It is counted where it happens.') : ok(undefined),
    )
    .andThen(() => (allowance || by.unbound ? ok(undefined) : notInPlan({ account, facts })))
    .andThen(() => usageKey(usage.key))
    .andThen(() => usedValue(usage.value, by))
    .andThen((value) =>
      usedMoment(usage.usedAt, account, by).map((usedAt) => ({
        record: {
          id,
          accountId: usage.accountId,
          featureId: feature.id,
          key: usage.key,
          value,
          usedAt,
          recordedAt: account.asOf,
        },
        windows: windowStartsOf(usedAt, { period: account.period, now: account.asOf }),
        undated: usage.usedAt === undefined,
      })),
    );
};
