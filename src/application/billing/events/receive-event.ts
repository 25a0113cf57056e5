import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { type Instant, MINUTE, plus } from '../../../domain/shared/time.js';
import type { ClaimedEvent, InboundEvents, MirroredCustomer } from '../../../ports/billing/inbound-events.js';
import type {
  MalformedEvent,
  ProcessorEvent,
  ProcessorEvents,
  SignatureInvalid,
  SignatureMissing,
} from '../../../ports/billing/processor-events.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import { byWebhook } from '../../shared/record.js';
import { sellerOf } from './connections.js';
import { type MirrorDeps, type MirrorFailure, mirrorCustomer } from './mirror-customer.js';

/** What receiving events asks of the world. */
export type ReceiveDeps = Omit<MirrorDeps, 'processor'> & {
  readonly processor: MirrorDeps['processor'] & { readonly events: ProcessorEvents };
  readonly inbound: InboundEvents;
};

/** A webhook as it came in. */
export type Delivered = {
  readonly raw: Uint8Array;
  readonly signature: string | undefined;
  /** The door that it came through: on record, and without effect. */
  readonly door: string;
};

/** Somebody works on this event until then at the latest: it shall be sent again. */
export type EventInFlight = { readonly kind: 'event_in_flight'; readonly until: Instant };

export type ReceiveFailure =
  | SignatureMissing
  | SignatureInvalid
  | MalformedEvent
  | EventInFlight
  | Unavailable;

/** Longer than looking at the processor and writing takes; whoever is slower is fenced. */
const LEASE = MINUTE;

/** The processor has told us of something that it does not let us read: to be sent again, until somebody mends it. */
const unreadable = (failure: MirrorFailure): Unavailable =>
  failure.kind === 'unavailable'
    ? failure
    : { kind: 'unavailable', dependency: 'payment processor', cause: failure };

/** An event that another has taken over is theirs to close; what it told has been done all the same. */
const theirs = <E extends { readonly kind: string }>(
  failure: E | LeaseLost,
): Result<void, Exclude<E, LeaseLost>> =>
  failure.kind === 'lease_lost' ? ok(undefined) : err(failure as Exclude<E, LeaseLost>);

/** Of processors, for a subscription that is new. */
const BEGUN = 'customer.subscription.created';
const begunIn = ({ type, subscriptionId }: ProcessorEvent): string | undefined =>
  type === BEGUN ? subscriptionId : undefined;
type About = { readonly about: MirroredCustomer | undefined; readonly begun: string | undefined };

/** All that an event is good for is whom it is about: what has changed there is asked for. */
const dispatch = (
  deps: ReceiveDeps,
  claim: ClaimedEvent,
  { about, begun }: About,
): ResultAsync<void, Unavailable> =>
  about === undefined
    ? deps.inbound.close(claim, deps.clock.now()).orElse(theirs)
    : mirrorCustomer(deps)(about.customer, {
        found: about.rows,
        begun,
        entry: (deed) => byWebhook(deed, deps.clock.now(), claim.eventId),
        atOnce: (upshot) => deps.inbound.conclude(claim, upshot, deps.clock.now()),
        also: (tx) => tx.inboundEvents.close(claim, deps.clock.now()).orElse(theirs),
      })
        .map(() => undefined)
        .mapErr(unreadable);

const workOn = (deps: ReceiveDeps, claim: ClaimedEvent, about: About): ResultAsync<void, Unavailable> =>
  dispatch(deps, claim, about).orElse((failure) => {
    const failed = errAsync<void, Unavailable>(failure);
    // What cannot be given back either comes free when its lease runs out.
    return deps.inbound
      .release(claim)
      .andThen(() => failed)
      .orElse(() => failed);
  });

/**
 * Takes in a webhook, whichever door it came through. Each event takes effect once: one that was worked on before is
 * answered at once, one that is being worked on is to be sent again, and one whose worker has died is taken over.
 */
export const receiveEvent =
  (deps: ReceiveDeps) =>
  ({ raw, signature, door }: Delivered, at: Instant): ResultAsync<void, ReceiveFailure> =>
    deps.processor.events.verify(raw, signature, at).asyncAndThen((event) => {
      const { connection, id, type, customer: processorId } = event;
      const sellerId = sellerOf(connection);
      const customer =
        sellerId === undefined || processorId === undefined ? undefined : { sellerId, processorId };
      return deps.inbound
        .claim({ connection, id, type, door, customer }, at, plus(at, LEASE))
        .andThen((claim): ResultAsync<void, ReceiveFailure> => {
          if (claim.kind === 'done') return okAsync(undefined);
          if (claim.kind === 'held') return errAsync({ kind: 'event_in_flight', until: claim.until });
          return workOn(deps, claim.claim, { about: claim.about, begun: begunIn(event) });
        });
    });
