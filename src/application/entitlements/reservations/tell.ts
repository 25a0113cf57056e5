import type { ResultAsync } from 'neverthrow';
import type { Reservation } from '../../../domain/entitlements/usage.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { type Actor, byActor } from '../actor.js';
import { toldReservation } from '../told.js';

const DEEDS = { held: 'reserve', confirmed: 'confirm', released: 'release' } as const;
type Told = Reservation & { readonly state: keyof typeof DEEDS };

/**
 * Tells what somebody did with a reservation, which they do twice at most: they make it and settle it. One that runs
 * out does so by itself, as it said when it was made.
 */
export const tellReservation = (
  tx: EntitlementsTx,
  actor: Actor,
  reservation: Told,
  { feature, used, at }: { readonly feature: string; readonly used?: bigint; readonly at: Instant },
): ResultAsync<void, Unavailable> => {
  const { id, accountId, state } = reservation;
  const data = {
    ...toldReservation(reservation, feature),
    ...(used !== undefined && { used: Number(used) }),
  };
  const deed = { accountId, action: `reservation.${DEEDS[state]}`, target: id };
  const isNew = state === 'held';
  const before = isNew ? null : toldReservation({ ...reservation, state: 'held' }, feature);
  return tx.events
    .append({ stream: id, seq: isNew ? 1 : 2, type: `reservation.${state}`, accountId, data, at })
    .andThen(() => tx.audit.record(byActor(actor, { ...deed, data: { before, after: data } })));
};
