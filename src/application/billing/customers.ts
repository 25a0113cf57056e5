import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { type Customer, newCustomer } from '../../domain/billing/customer.js';
import { labelsOf } from '../../domain/billing/labels.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { Instant } from '../../domain/shared/time.js';
import type { BillingTx } from '../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { byPayer, type Payer } from './payer.js';

/** A customer that the processor knows. */
export type KnownCustomer = Customer & { readonly processorId: string };

const isKnown = (customer: Customer | undefined): customer is KnownCustomer =>
  customer?.processorId !== undefined;

/** The account as a customer the processor knows; undefined while it is none. */
export const knownCustomer =
  ({ readers }: Pick<BillingDeps, 'readers'>) =>
  ({ accountId }: Pick<Payer, 'accountId'>): ResultAsync<KnownCustomer | undefined, Unavailable> =>
    readers.customerOf(PLATFORM, accountId).map((customer) => (isKnown(customer) ? customer : undefined));

const tell = (tx: BillingTx, { id, version, payer, processorId }: Customer, type: string, at: Instant) =>
  tx.events.append({
    stream: id,
    seq: version,
    type,
    accountId: payer,
    data: { ...(processorId !== undefined && { processor_id: processorId }) },
    at,
  });

/** The one customer that this account is; whoever comes second gets the same. */
export const ensureRow = (tx: BillingTx, ids: BillingDeps['ids'], payer: Payer) =>
  safeTry(async function* () {
    yield* tx.accounts.lockLive(payer.accountId);
    const wanted = newCustomer(ids.next(), PLATFORM, payer.accountId, payer.at);
    const customer = yield* tx.customers.ensure(wanted);
    if (customer.id !== wanted.id) return ok(customer);
    yield* tell(tx, customer, 'customer.created', payer.at);
    yield* tx.audit.record(byPayer(payer, { action: 'customer.create', target: customer.id }));
    return ok(customer);
  });

const bind = (tx: BillingTx, customer: Customer, processorId: string, at: Instant) =>
  safeTry(async function* () {
    const before = yield* tx.customers.ensure(customer);
    if (isKnown(before)) return ok(before);
    const bound = yield* tx.customers.bind(before, processorId);
    yield* tell(tx, bound, 'customer.bound', at);
    return ok({ ...bound, processorId: bound.processorId ?? processorId });
  });

/** The account as a customer, here and at the processor, made where it is not there yet. Repeatable after any death. */
export const ensureCustomer = (deps: BillingDeps) => (payer: Payer) =>
  safeTry(async function* () {
    const { billing, ids, processor } = deps;
    const known = yield* knownCustomer(deps)(payer);
    if (known) return okAsync(known);
    const customer = yield* billing.run((tx) => ensureRow(tx, ids, payer));
    if (isKnown(customer)) return okAsync(customer);
    const processorId = yield* processor.checkout.ensureCustomer(PLATFORM_CONNECTION, {
      key: customer.id,
      name: payer.name ?? payer.accountId,
      labels: labelsOf(customer),
    });
    return billing.run((tx) => bind(tx, customer, processorId, payer.at));
  });
