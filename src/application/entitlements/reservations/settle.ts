import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { decide } from '../../../domain/entitlements/decide.js';
import { quantityOf } from '../../../domain/entitlements/quantity.js';
import type { InvalidValue } from '../../../domain/entitlements/refusals.js';
import type { Reservation } from '../../../domain/entitlements/usage.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { impossible } from '../../shared/impossible.js';
import type { Insider } from '../actor.js';
import { tellCrossings } from '../crossings.js';
import type { EntitlementsDeps } from '../deps.js';
import type { ReservationOver } from '../failures.js';
import { completed, type Known, known } from '../known.js';
import type { Reserved } from './reserve.js';
import { tellReservation } from './tell.js';

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'settings'>;
type Settled = 'confirmed' | 'released';

const over = (state: ReservationOver['state']) => err({ kind: 'reservation_over' as const, state });

/** True when it is this already; a failure when it is anything else that does not come back. */
const isAlready = ({ state }: Reservation, wanted: Settled): Result<boolean, ReservationOver> => {
  if (state === 'held') return ok(false);
  return state === wanted ? ok(true) : over(state);
};

const placeOf = (deps: Deps, tx: EntitlementsTx, { accountId, featureId }: Reservation, now: Instant) =>
  tx.features
    .get(featureId)
    .mapErr(impossible('not_found'))
    .andThen(({ key }) => known(completed(tx.facts, deps.settings), accountId, key, now))
    .mapErr(impossible('feature_unknown'));

const stands = (reservation: Reservation, { account, facts }: Known): Reserved => ({
  reservation,
  decision: decide(account, facts, 0n),
});

/** Out of held into `to`; false: somebody else has made of it what was `wanted`, in the meantime. */
const settled = (tx: EntitlementsTx, held: Reservation, wanted: Settled, to: Settled | 'expired' = wanted) =>
  safeTry(async function* () {
    const { accountId, id } = held;
    if (yield* tx.usage.settle(accountId, id, to)) return ok(true);
    const now = yield* tx.usage.reservation(accountId, id).mapErr(impossible('not_found'));
    yield* isAlready(now, wanted);
    return ok(false);
  });

/** In the windows that it was set aside in, whatever day it is by now. */
const record = (
  { ids }: Deps,
  tx: EntitlementsTx,
  { id, accountId, featureId, reservedAt }: Reservation,
  value: bigint,
  now: Instant,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const windows = yield* tx.usage.windowsOf(accountId, id).mapErr(impossible('not_found'));
    const record = { id: ids.next(), accountId, featureId, value, usedAt: reservedAt, recordedAt: now };
    const [came] = yield* tx.usage.record([{ record: { ...record, key: `reservation:${id}` }, windows }]);
    if (came !== 'recorded') throw new Error(`reservation ${id} was recorded before it was confirmed`);
    return ok(undefined);
  });

const finished = (
  deps: Deps,
  tx: EntitlementsTx,
  actor: Insider,
  reservation: Reservation & { readonly state: Settled },
  { used, now }: { readonly used: bigint; readonly now: Instant },
): ResultAsync<Reserved, Unavailable> =>
  safeTry(async function* () {
    const place = yield* placeOf(deps, tx, reservation, now);
    const { key: feature } = place.facts.feature;
    if (used > 0n) yield* tellCrossings(tx, deps.ids, place);
    yield* tellReservation(tx, actor, reservation, { feature, used, at: now });
    return ok(stands(reservation, place));
  });

/** How much of it is to be confirmed; undefined: it is confirmed already. */
const usable = (
  held: Reservation,
  given: number | bigint | undefined,
): Result<bigint | undefined, ReservationOver | InvalidValue> =>
  isAlready(held, 'confirmed').andThen((isConfirmed) =>
    isConfirmed
      ? ok(undefined)
      : quantityOf(given ?? held.amount, { field: 'amount', least: 1n, most: held.amount }),
  );

type Confirming = { readonly held: Reservation; readonly used: bigint | undefined; readonly now: Instant };
type Ending = Result<Reserved, ReservationOver>;

/** Ends what is still held, one way or the other: who comes too late ends it too, so that what they hear stays true. */
const end = (
  deps: Deps,
  tx: EntitlementsTx,
  actor: Insider,
  { held, used, now }: Confirming,
): ResultAsync<Ending | undefined, ReservationOver | Unavailable> =>
  safeTry(async function* () {
    if (used === undefined) return ok(undefined);
    const isLate = now >= held.expiresAt;
    const isFirst = yield* settled(tx, held, 'confirmed', isLate ? 'expired' : 'confirmed');
    if (!isFirst) return ok(undefined);
    if (isLate) return ok(over('expired'));
    yield* record(deps, tx, held, used, now);
    return finished(deps, tx, actor, { ...held, state: 'confirmed' }, { used, now }).map((done) => ok(done));
  });

/** What was set aside was used, all of it or `amount`. It has to be said before the reservation runs out. */
export const confirm =
  (deps: Deps) => (id: string, given: { readonly amount?: number | bigint | undefined }, actor: Insider) =>
    deps.entitlements
      .runAdding((tx) =>
        safeTry(async function* () {
          const now = deps.clock.now();
          const held = yield* tx.usage.reservation(actor.accountId, id);
          const used = yield* usable(held, given.amount);
          const ending = yield* end(deps, tx, actor, { held, used, now });
          if (ending) return ok(ending);
          const place = yield* placeOf(deps, tx, held, now);
          return ok(ok(stands({ ...held, state: 'confirmed' }, place)));
        }),
      )
      .andThen((ending: Ending) => ending);

/** What was set aside was not used, and may be had by others. */
export const release = (deps: Deps) => (id: string, actor: Insider) =>
  deps.entitlements.runAdding((tx) =>
    safeTry(async function* () {
      const now = deps.clock.now();
      const held = yield* tx.usage.reservation(actor.accountId, id);
      const released = { ...held, state: 'released' as const };
      const isFirst = !(yield* isAlready(held, 'released')) && (yield* settled(tx, held, 'released'));
      return isFirst
        ? finished(deps, tx, actor, released, { used: 0n, now })
        : ok(stands(released, yield* placeOf(deps, tx, held, now)));
    }),
  );
