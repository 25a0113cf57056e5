import { err, ok, type Result, safeTry } from 'neverthrow';
import type { Allowance, Override } from '../../domain/entitlements/allowance.js';
import { type AllowanceFields, allowanceFor } from '../../domain/entitlements/allowance-fields.js';
import { allowanceOf } from '../../domain/entitlements/decide.js';
import type { ValueNotFitting } from '../../domain/entitlements/refusals.js';
import { windowStartsOf } from '../../domain/entitlements/windows.js';
import type { AccountId } from '../../domain/shared/ids.js';
import { type Instant, iso } from '../../domain/shared/time.js';
import type { EntitlementsTx } from '../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND } from '../../ports/shared/failure.js';
import { type Actor, byAdmin } from './actor.js';
import { tellCrossings } from './crossings.js';
import type { EntitlementsDeps } from './deps.js';
import { completed, type Known, keyOf, known } from './known.js';
import { toldAllowance } from './told.js';
import { countsByRecords } from './usage/admit-row.js';

export type NewOverride = AllowanceFields & {
  readonly reason: string;
  readonly endsAt?: Instant | undefined;
};

type Deps = Pick<EntitlementsDeps, 'ids' | 'entitlements' | 'settings'>;

const toldOf = ({ allowance, reason, endsAt }: Override) => ({
  ...toldAllowance(allowance),
  reason,
  ends_at: endsAt === undefined ? null : iso(endsAt),
});

/**
 * What is known of the feature, of which nobody can use more until this unit ends: whoever asks after it will be held
 * to what it says, and whoever asked before has what they asked for.
 */
const featureIn = (
  tx: EntitlementsTx,
  { settings }: Deps,
  accountId: AccountId,
  named: string,
  { at }: Actor,
) =>
  safeTry(async function* () {
    const key = yield* keyOf(tx, named);
    const found = yield* known(completed(tx.facts, settings), accountId, key, at);
    const { feature } = found.facts;
    const windows = windowStartsOf(at, { period: found.account.period, now: at });
    if (countsByRecords(feature).isOk()) yield* tx.usage.lock(accountId, feature.id, windows, at);
    return ok(found);
  });

/**
 * What is not given is as it was until now, by whoever said so. But how much: who forgets to say that, or misspells it,
 * means neither what was nor that there is no limit.
 */
const allowanceIn = ({ facts }: Known, wanted: NewOverride): Result<Allowance, ValueNotFitting> => {
  const { feature } = facts;
  if (feature.kind === 'boolean') return allowanceFor(feature, wanted);
  return wanted.usageLimit === undefined
    ? err({ kind: 'value_not_fitting', field: 'usage_limit', reason: 'It is needed, or is_unlimited.' })
    : allowanceFor(feature, wanted, allowanceOf(facts)?.allowance);
};

type Change = {
  readonly action: 'override.set' | 'override.remove';
  readonly feature: string;
  readonly before?: Override | undefined;
  readonly after?: Override | undefined;
};

/** The change, who made it, and what use has come to by it. */
const written = (tx: EntitlementsTx, deps: Deps, accountId: AccountId, actor: Actor, change: Change) =>
  safeTry(async function* () {
    const { action, feature, before, after } = change;
    const [was, is] = [before ? toldOf(before) : null, after ? toldOf(after) : null];
    yield* tx.events.append({
      // An override has no id: each change of one is a stream of its own.
      stream: deps.ids.next(),
      seq: 1,
      type: after ? 'entitlement.overridden' : 'entitlement.override_removed',
      accountId,
      data: { feature, ...is },
      at: actor.at,
    });
    yield* tx.audit.record(
      byAdmin(actor, { accountId, action, target: accountId, data: { feature, before: was, after: is } }),
    );
    const now = yield* known(completed(tx.facts, deps.settings), accountId, feature, actor.at);
    return tellCrossings(tx, deps.ids, now);
  });

const endOf = ({ endsAt }: NewOverride, { at }: Actor): Result<Instant | undefined, ValueNotFitting> =>
  endsAt !== undefined && endsAt <= at
    ? err({ kind: 'value_not_fitting', field: 'ends_at', reason: 'It must lie in the future.' })
    : ok(endsAt);

/** What this account may have of a feature from now on, whatever its plan says and in place of what was said before. */
export const setOverride =
  (deps: Deps) => (accountId: AccountId, named: string, wanted: NewOverride, actor: Actor) =>
    deps.entitlements.run((tx) =>
      safeTry(async function* () {
        yield* tx.accounts.lockLive(accountId);
        const found = yield* featureIn(tx, deps, accountId, named, actor);
        const { feature } = found.facts;
        const before = yield* tx.overrides.get(accountId, feature.id);
        const after: Override = {
          accountId,
          featureId: feature.id,
          version: (before?.version ?? 0) + 1,
          allowance: yield* allowanceIn(found, wanted),
          reason: wanted.reason,
          endsAt: yield* endOf(wanted, actor),
          createdAt: actor.at,
        };
        yield* tx.overrides.put(accountId, after);
        yield* written(tx, deps, accountId, actor, {
          action: 'override.set',
          feature: feature.key,
          before,
          after,
        });
        return ok(after);
      }),
    );

/** Back to what its plan says. */
export const removeOverride = (deps: Deps) => (accountId: AccountId, named: string, actor: Actor) =>
  deps.entitlements.run((tx) =>
    safeTry(async function* () {
      const { feature } = (yield* featureIn(tx, deps, accountId, named, actor)).facts;
      const before = yield* tx.overrides.get(accountId, feature.id);
      if (!before) return err(NOT_FOUND);
      yield* tx.overrides.remove(accountId, feature.id);
      yield* written(tx, deps, accountId, actor, {
        action: 'override.remove',
        feature: feature.key,
        before,
      });
      return ok(undefined);
    }),
  );
