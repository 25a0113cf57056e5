import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { decide } from '../../../domain/entitlements/decide.js';
import { quantityOf } from '../../../domain/entitlements/quantity.js';
import type { InvalidValue } from '../../../domain/entitlements/refusals.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { refusalsOnRecord } from '../../shared/refused.js';
import { type Actor, byActor } from '../actor.js';
import { tellCrossings } from '../crossings.js';
import type { EntitlementsDeps } from '../deps.js';
import { type FeatureUnknown, type LimitReached, USAGE_KEY_REUSED } from '../failures.js';
import { completed, type Known, known } from '../known.js';
import { locked, reservable, startsOf } from '../reservations/reserve.js';
import type { Noted } from './record.js';

/** Something is used now, if there is so much left of it. */
export type NewConsumption = {
  readonly accountId: AccountId;
  /** Its key. */
  readonly feature: string;
  readonly amount: number | bigint;
  /** Whoever asks again with the same key gets what was recorded. */
  readonly key?: string | undefined;
  /** What else has to be allowed: how large a thing may be. Nothing of it is used up. */
  readonly fitting?: { readonly feature: string; readonly amount: bigint } | undefined;
};

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'settings'>;
type Wanted = Omit<NewConsumption, 'amount' | 'key'> & {
  readonly id: string;
  readonly amount: bigint;
  readonly key: string;
};

const allowed = ({ account, facts }: Known, amount: bigint) => {
  const decision = decide(account, facts, amount);
  return decision.outcome === 'block' ? err<never, LimitReached>({ kind: 'limit_reached', decision }) : ok();
};

const fits = (
  deps: Deps,
  tx: EntitlementsTx,
  { accountId, fitting }: Wanted,
  now: Instant,
): ResultAsync<void, LimitReached | FeatureUnknown | Unavailable> =>
  fitting === undefined
    ? okAsync(undefined)
    : known(completed(tx.facts, deps.settings), accountId, fitting.feature, now).andThen((found) =>
        allowed(found, fitting.amount),
      );

/** Record and counters, what they cross, and who did it. */
const record = (deps: Deps, tx: EntitlementsTx, wanted: Wanted, before: Known, actor: Actor) =>
  safeTry(async function* () {
    const { id, accountId, amount: value, key } = wanted;
    const { asOf: at } = before.account;
    const { id: featureId, key: feature } = before.facts.feature;
    const used: UsageRecord = { id, accountId, featureId, key, value, usedAt: at, recordedAt: at };
    const [came] = yield* tx.usage.record([{ record: used, windows: startsOf(before, at) }]);
    // Records of other features are not written under this lock.
    if (came !== 'recorded') return err(USAGE_KEY_REUSED);
    const after = yield* known(completed(tx.facts, deps.settings), accountId, feature, at);
    yield* tellCrossings(tx, deps.ids, after);
    const data = { records: 1, values: { [feature]: Number(value) } };
    const deed = { accountId, action: 'usage.record', target: accountId, data };
    yield* tx.audit.record(byActor(actor, deed));
    return ok<Noted>({ record: used, decision: decide(after.account, after.facts, 0n) });
  });

/** What was recorded under this key, if it is the same. */
const again = ({ account, facts }: Known, { amount }: Wanted, before: UsageRecord) =>
  before.featureId === facts.feature.id && before.value === amount
    ? ok<Noted>({ record: before, decision: decide(account, facts, 0n) })
    : err(USAGE_KEY_REUSED);

const use = (deps: Deps, tx: EntitlementsTx, wanted: Wanted, actor: Actor) =>
  safeTry(async function* () {
    const now = deps.clock.now();
    const { accountId, feature, amount, key } = wanted;
    yield* tx.accounts.lockLive(accountId);
    const first = yield* known(tx.facts, accountId, feature, now);
    yield* reservable(first.facts.feature);
    const before = yield* locked(deps, tx, first, now);
    const [standing] = yield* tx.usage.byKeys(accountId, [key]);
    if (standing) return again(before, wanted, standing);
    yield* fits(deps, tx, wanted, now);
    yield* allowed(before, amount);
    return record(deps, tx, wanted, before, actor);
  });

/**
 * Uses something up in one go: set aside and confirmed at once. Whoever does so at the same moment waits for the
 * others, and nobody goes past a hard limit; what was refused is on record, and leaves nothing else.
 */
export const consume = (deps: Deps) => (given: NewConsumption, actor: Actor) =>
  quantityOf(given.amount, { field: 'amount', least: 1n })
    .mapErr((failure): InvalidValue => failure)
    .asyncAndThen((amount) => {
      const id = deps.ids.next();
      const wanted: Wanted = { ...given, id, amount, key: given.key ?? `use:${id}` };
      return refusalsOnRecord(
        deps.entitlements,
        (_, refusedIn) => okAsync(byActor(actor, refusedIn(wanted.accountId))),
        deps.entitlements.runAdding((tx) => use(deps, tx, wanted, actor)),
      );
    });
