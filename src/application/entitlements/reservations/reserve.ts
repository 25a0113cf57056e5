import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { decide } from '../../../domain/entitlements/decide.js';
import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { Count } from '../../../domain/entitlements/facts.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import { quantityOf } from '../../../domain/entitlements/quantity.js';
import type { Reservation } from '../../../domain/entitlements/usage.js';
import { windowStartsOf } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, plus, SECOND } from '../../../domain/shared/time.js';
import type { EntitlementsTx, WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import { impossible } from '../../shared/impossible.js';
import { claim } from '../../shared/once.js';
import { refusalsOnRecord } from '../../shared/refused.js';
import { type Actor, byActor } from '../actor.js';
import { tellCrossings } from '../crossings.js';
import type { EntitlementsDeps } from '../deps.js';
import type { FeatureUnknown, NotReservable } from '../failures.js';
import { completed, type Known, keyOf, known } from '../known.js';
import { countsByRecords } from '../usage/admit-row.js';
import { tellReservation } from './tell.js';

export type NewReservation = {
  readonly accountId: AccountId;
  /** Its id or key. */
  readonly feature: string;
  readonly amount: number | bigint;
  readonly ttlSeconds?: number | undefined;
};
/** A reservation, and how its feature stands with it. */
export type Reserved = { readonly reservation: Reservation; readonly decision: EntitlementDecision };

const TTL = 60;
const LONGEST_TTL = 3_600n;

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'settings'>;
type Counts = Readonly<Record<'day' | 'month' | 'billing_period' | 'lifetime', Count>>;
type Wanted = {
  readonly id: string;
  readonly accountId: AccountId;
  readonly feature: string;
  readonly amount: bigint;
  readonly ttl: number;
};

const wantedOf = ({ ids }: Deps, given: NewReservation) =>
  quantityOf(given.amount, { field: 'amount', least: 1n }).andThen((amount) =>
    quantityOf(given.ttlSeconds ?? TTL, { field: 'ttl_seconds', least: 1n, most: LONGEST_TTL }).map(
      (ttl): Wanted => ({ ...given, id: ids.next(), amount, ttl: Number(ttl) * SECOND }),
    ),
  );

/** Whether it can be set aside. */
export const reservable = (feature: Feature) =>
  countsByRecords(feature).mapErr(
    ({ reason }): NotReservable => ({ kind: 'not_reservable', field: 'feature', reason }),
  );

/** The windows that use at this moment counts in. */
export const startsOf = ({ account }: Known, now: Instant): WindowStarts =>
  windowStartsOf(now, { period: account.period, now });

const sameStarts = (a: WindowStarts, b: WindowStarts): boolean =>
  a.day === b.day && a.month === b.month && a.billing_period === b.billing_period;

const counting = (before: Known, counts: Counts): Known => ({
  ...before,
  facts: { ...before.facts, counts },
});

/** What is known once nobody else can count: whoever came before is in it, and so is what may be had by now. */
export const locked = (
  deps: Deps,
  tx: EntitlementsTx,
  before: Known,
  now: Instant,
): ResultAsync<Known, FeatureUnknown | Unavailable> =>
  safeTry(async function* () {
    const { accountId } = before.account;
    const { id, key } = before.facts.feature;
    const starts = startsOf(before, now);
    const counts = yield* tx.usage.lock(accountId, id, starts, now);
    const after = yield* known(completed(tx.facts, deps.settings), accountId, key, now);
    // Between the two another billing period was told of: its counter is still to be read.
    return sameStarts(startsOf(after, now), starts)
      ? ok(counting(after, counts))
      : tx.usage.lock(accountId, id, startsOf(after, now), now).map((anew) => counting(after, anew));
  });

const withReserved = (before: Known, amount: bigint): Known => {
  const { day, month, billing_period, lifetime } = before.facts.counts;
  const more = (count: Count): Count => ({ ...count, reserved: count.reserved + amount });
  return counting(before, {
    day: more(day),
    month: more(month),
    billing_period: more(billing_period),
    lifetime: more(lifetime),
  });
};

const setAside = (
  deps: Deps,
  tx: EntitlementsTx,
  { id, accountId, feature: named, amount, ttl }: Wanted,
  actor: Actor,
) =>
  safeTry(async function* () {
    const now = deps.clock.now();
    yield* tx.accounts.lockLive(accountId);
    const key = yield* keyOf(tx, named);
    const first = yield* known(tx.facts, accountId, key, now);
    yield* reservable(first.facts.feature);
    const before = yield* locked(deps, tx, first, now);
    const decision = decide(before.account, before.facts, amount);
    if (decision.outcome === 'block') return err({ kind: 'limit_reached' as const, decision });
    const reservation = {
      id,
      accountId,
      featureId: before.facts.feature.id,
      amount,
      state: 'held',
      reservedAt: now,
      expiresAt: plus(now, ttl),
    } as const satisfies Reservation;
    yield* tx.usage.reserve(reservation, startsOf(before, now));
    const after = withReserved(before, amount);
    yield* tellCrossings(tx, deps.ids, after);
    yield* tellReservation(tx, actor, reservation, { feature: key, at: now });
    return ok({ reservation, decision: decide(after.account, after.facts, 0n) });
  });

/** What the first request with this key set aside, as it stands now. */
const asBefore = (deps: Deps, tx: EntitlementsTx, accountId: AccountId, id: string) =>
  safeTry(async function* () {
    const reservation = yield* tx.usage.reservation(accountId, id).mapErr(impossible('not_found'));
    const { key } = yield* tx.features.get(reservation.featureId).mapErr(impossible('not_found'));
    const now = deps.clock.now();
    const { account, facts } = yield* known(completed(tx.facts, deps.settings), accountId, key, now);
    return ok({ reservation, decision: decide(account, facts, 0n) });
  });

const once = (deps: Deps, tx: EntitlementsTx, wanted: Wanted, actor: Actor, key: Once | undefined) =>
  safeTry(async function* () {
    const before = yield* claim(tx, key, { ids: { reservation: wanted.id } });
    return before
      ? asBefore(deps, tx, wanted.accountId, before.ids['reservation'] ?? '')
      : setAside(deps, tx, wanted, actor);
  });

/**
 * Sets use aside until it is known whether it happens. Whoever does so at once waits for the others, and nobody goes
 * past a hard limit; what was refused is on record, and leaves nothing else.
 */
export const reserve = (deps: Deps) => (given: NewReservation, actor: Actor, key?: Once) =>
  wantedOf(deps, given).asyncAndThen((wanted) =>
    refusalsOnRecord(
      deps.entitlements,
      (_tx, refusedIn) => okAsync(byActor(actor, refusedIn(wanted.accountId))),
      deps.entitlements.runAdding((tx) => once(deps, tx, wanted, actor, key)),
    ),
  );
