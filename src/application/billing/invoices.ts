import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { type InvoiceReason, invoiceReason } from '../../domain/billing/invoice-reason.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import { isLive } from '../../domain/billing/subscription.js';
import type { InvoicePreview, InvoiceView } from '../../ports/billing/invoice-views.js';
import { knownCustomer } from './customers.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { neverMissing, type ProcessorFailure } from './failures.js';
import type { Payer } from './payer.js';

export type Invoice = InvoiceView & { readonly reason: InvoiceReason };
export type Invoices = { readonly items: readonly Invoice[]; readonly hasMore: boolean };

/** Newest first, from the one after `after` on; of an account that never paid, none. */
export const listInvoices =
  (deps: BillingDeps) =>
  (
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
    payer: Payer,
  ): ResultAsync<Invoices, ProcessorFailure> =>
    knownCustomer(deps)(payer).andThen((customer): ResultAsync<Invoices, ProcessorFailure> => {
      if (!customer) return okAsync({ items: [], hasMore: false });
      return deps.processor.invoices
        .list(PLATFORM_CONNECTION, customer.processorId, limit, after)
        .mapErr(neverMissing)
        .map(({ items, hasMore }) => ({
          items: items.map((invoice) => ({ ...invoice, reason: invoiceReason(invoice) })),
          hasMore,
        }));
    });

/** What comes next, if the subscription goes on. */
export const upcomingInvoice =
  (deps: BillingDeps) =>
  (payer: Payer): ResultAsync<InvoicePreview | undefined, ProcessorFailure> =>
    safeTry(async function* () {
      const customer = yield* knownCustomer(deps)(payer);
      const current = customer && (yield* deps.readers.subscriptionOf(PLATFORM, customer.id));
      if (!current?.processor || !isLive(current)) return ok(undefined);
      return deps.processor.invoices.upcoming(PLATFORM_CONNECTION, current.processor.id).mapErr(neverMissing);
    });
