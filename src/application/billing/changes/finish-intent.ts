import { errAsync, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { BillingIntent } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { ClaimedJob } from '../../../ports/shared/jobs.js';
import { impossible } from '../../shared/impossible.js';
import { bySystem } from '../../shared/record.js';
import type { BillingDeps } from '../deps.js';
import { mirrorCustomer } from '../events/mirror-customer.js';
import type { ProcessorFailure } from '../failures.js';
import { finish } from './finish.js';
import type { Undertaking } from './record.js';

const settled = (
  { billing, clock }: BillingDeps,
  { sellerId, id }: BillingIntent,
): ResultAsync<void, Unavailable> =>
  billing.run((tx) => tx.intents.settle(sellerId, id, { state: 'done' }, clock.now()));

/** A refusal is an end too, and is written down as one. */
const finished = (deps: BillingDeps, undertaking: Undertaking): ResultAsync<void, ProcessorFailure> =>
  finish(deps, undertaking)
    .map(() => undefined)
    .orElse((failure) =>
      failure.kind === 'payment_declined' || failure.kind === 'processor_refused'
        ? okAsync(undefined)
        : errAsync(failure),
    );

/** Brings an intent to its end that its process did not live to, or could not reach the processor for. */
export const finishIntent =
  (deps: BillingDeps) =>
  ({ id: jobId, payload }: ClaimedJob): ResultAsync<void, ProcessorFailure> =>
    safeTry(async function* () {
      const seller = String(payload['sellerId']) as SellerId;
      const intent = yield* deps.billing.run((tx) => tx.intents.pending(seller, String(payload['intentId'])));
      if (!intent) return okAsync(undefined);
      // Nobody can pay on its page any more.
      if (intent.kind === 'checkout') return settled(deps, intent);
      const customer = yield* deps.readers
        .customer(seller, intent.customerId)
        .mapErr(impossible('not_found'));
      const entry: Undertaking['entry'] = (deed) => bySystem(deed, deps.clock.now(), jobId);
      if (intent.kind === 'end_surplus')
        return mirrorCustomer(deps)(customer, { entry, surplus: true }).map(() => undefined);
      return finished(deps, { intent, customer, entry });
    });
