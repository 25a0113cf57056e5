import { err, safeTry } from 'neverthrow';
import { redirectUrl } from '../../domain/billing/redirect-url.js';
import { allowedBy } from './checkout.js';
import { type KnownCustomer, knownCustomer } from './customers.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { type NoCustomer, neverMissing } from './failures.js';
import type { Payer } from './payer.js';

/** Where a customer minds what they pay with. */
export const portalOf = ({ processor }: BillingDeps, { processorId }: KnownCustomer, returnUrl: string) =>
  processor.checkout.portal(PLATFORM_CONNECTION, { customer: processorId, returnUrl }).mapErr(neverMissing);

/** The processor's pages for who has been its customer before. */
export const openPortal = (deps: BillingDeps) => (wanted: { readonly returnUrl: string }, payer: Payer) =>
  safeTry(async function* () {
    const returnUrl = yield* redirectUrl(wanted.returnUrl, 'return_url', allowedBy(deps.settings));
    const customer = yield* knownCustomer(deps)(payer);
    if (!customer) return err<never, NoCustomer>({ kind: 'no_customer' });
    return portalOf(deps, customer, returnUrl);
  });
