import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { SellerId } from '../../../domain/billing/seller.js';
import {
  SUBSCRIPTION_STATUSES,
  type Subscription,
  type TruthSource,
} from '../../../domain/billing/subscription.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { AlreadySubscribed, Subscriptions } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../kit/query.js';
import { int8, nullable, timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  number: int8,
  version: z.number(),
  // Zero says as much as nothing does.
  confirmed: z.number().transform((times) => times || undefined),
  seller_id: z.string().transform((id) => id as SellerId),
  customer_id: z.string(),
  truth_source: z.enum(['mirrored', 'derived', 'asserted'] satisfies readonly TruthSource[]),
  status: z.enum(SUBSCRIPTION_STATUSES),
  processor_id: z.string().nullable(),
  processor_status: z.string().nullable(),
  processor_price_id: z.string().nullable(),
  usage_since: nullable(timestamptz),
  priced_since: nullable(timestamptz),
  price_id: nullable(z.string()),
  cancel_at_period_end: z.boolean(),
  next_price_id: nullable(z.string()),
  period_start: timestamptz,
  period_end: timestamptz,
  started_at: timestamptz,
  ended_at: nullable(timestamptz),
});

const processorOf = (r: z.output<typeof Row>): Subscription['processor'] =>
  r.processor_id === null || r.processor_status === null || r.processor_price_id === null
    ? undefined
    : {
        id: r.processor_id,
        status: r.processor_status,
        priceId: r.processor_price_id,
        ...(r.usage_since !== undefined && { usageSince: r.usage_since }),
        ...(r.priced_since !== undefined && { pricedSince: r.priced_since }),
      };

export const SUBSCRIPTION_COLUMNS = Object.keys(Row.shape);

/** A row of `subscriptions` as the domain sees it. */
export const subscriptionOf = (row: unknown): Subscription => {
  const r = Row.parse(row);
  return {
    id: r.id,
    number: r.number,
    version: r.version,
    confirmed: r.confirmed,
    sellerId: r.seller_id,
    customerId: r.customer_id,
    truthSource: r.truth_source,
    status: r.status,
    processor: processorOf(r),
    priceId: r.price_id,
    cancelAtPeriodEnd: r.cancel_at_period_end,
    nextPriceId: r.next_price_id,
    period: { start: r.period_start, end: r.period_end },
    startedAt: r.started_at,
    endedAt: r.ended_at,
  };
};

/** A subscription as its row says it. */
export const rowOfSubscription = (subscription: Subscription) => ({
  id: subscription.id,
  version: subscription.version,
  seller_id: subscription.sellerId,
  customer_id: subscription.customerId,
  truth_source: subscription.truthSource,
  status: subscription.status,
  processor_id: subscription.processor?.id ?? null,
  processor_status: subscription.processor?.status ?? null,
  processor_price_id: subscription.processor?.priceId ?? null,
  usage_since:
    subscription.processor?.usageSince === undefined ? null : iso(subscription.processor.usageSince),
  priced_since:
    subscription.processor?.pricedSince === undefined ? null : iso(subscription.processor.pricedSince),
  price_id: subscription.priceId ?? null,
  cancel_at_period_end: subscription.cancelAtPeriodEnd,
  next_price_id: subscription.nextPriceId ?? null,
  period_start: iso(subscription.period.start),
  period_end: iso(subscription.period.end),
  started_at: iso(subscription.startedAt),
  ended_at: subscription.endedAt === undefined ? null : iso(subscription.endedAt),
});

/** Plain SQL, which those who save give a name: each connection plans it once. */
export const SAVE = `update subscriptions set version = version + 1,
    customer_id = :customer_id, truth_source = :truth_source, status = :status, processor_id = :processor_id,
    processor_status = :processor_status, processor_price_id = :processor_price_id, usage_since = :usage_since,
    priced_since = :priced_since, price_id = :price_id, cancel_at_period_end = :cancel_at_period_end, next_price_id = :next_price_id,
    period_start = :period_start, period_end = :period_end, started_at = :started_at, ended_at = :ended_at
  where seller_id = :seller_id and id = :id and version = :version and confirmed = :confirmed
  returning number, version`;
const Saved = z.object({ number: int8 });

const ALREADY_SUBSCRIBED: AlreadySubscribed = { kind: 'already_subscribed' };

/** The subscriptions of one seller. */
export const subscriptionsIn = (db: Knex, seller: SellerId): Knex.QueryBuilder =>
  db('subscriptions').where({ seller_id: seller });

/** Of these the live ones, in the words of the index that holds them. */
export const living = (subscriptions: Knex.QueryBuilder): Knex.QueryBuilder =>
  subscriptions.whereRaw("status not in ('ended', 'pending')");

/** The live subscriptions that an account pays for, to whomever. Lateral: of few customers, each by the index. */
export const livingOfPayer = (db: Knex, account: AccountId): Knex.QueryBuilder =>
  db('customers as c')
    .joinRaw(
      `cross join lateral (
         select s.id from subscriptions s
          where s.seller_id = c.seller_id and s.customer_id = c.id and s.status not in ('ended', 'pending') limit 1
       ) live`,
    )
    .where({ 'c.payer_account_id': account });

/** Subscriptions on one transaction. */
export const knexSubscriptions = (trx: Knex): Subscriptions => ({
  get: (seller, id) =>
    query(() => subscriptionsIn(trx, seller).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<Subscription, NotFound>(NOT_FOUND) : okAsync(subscriptionOf(row)),
    ),
  liveOf: (seller, customerId) =>
    query(() => living(subscriptionsIn(trx, seller).where({ customer_id: customerId })).first()).map((row) =>
      row === undefined ? undefined : subscriptionOf(row),
    ),
  byProcessorId: (seller, processorId) =>
    query(() => subscriptionsIn(trx, seller).where({ processor_id: processorId }).first()).map((row) =>
      row === undefined ? undefined : subscriptionOf(row),
    ),
  // Another one that has come since this unit began is a serialization conflict: the unit runs again and sees it.
  add: (subscription) =>
    query(() =>
      trx('subscriptions').insert(rowOfSubscription(subscription)).onConflict().ignore().returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<Subscription, AlreadySubscribed>(ALREADY_SUBSCRIBED)
        : okAsync(subscriptionOf(row)),
    ),
  save: (subscription) =>
    queryOr(UNIQUE_VIOLATION, ALREADY_SUBSCRIBED, () =>
      trx
        .raw<{ readonly rows: readonly unknown[] }>(SAVE, {
          ...rowOfSubscription(subscription),
          confirmed: subscription.confirmed ?? 0,
        })
        .options({ name: 'save a subscription' }),
    ).andThen(({ rows: [row] }) =>
      row === undefined
        ? errAsync<Subscription, StaleVersion>({ kind: 'stale_version', id: subscription.id })
        : okAsync({ ...subscription, ...Saved.parse(row), version: subscription.version + 1 }),
    ),
  confirm: ({ sellerId, id, version }) =>
    query(() =>
      subscriptionsIn(trx, sellerId)
        .where({ id, version })
        .update({ confirmed: trx.raw('confirmed + 1') })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<Subscription, StaleVersion>({ kind: 'stale_version', id })
        : okAsync(subscriptionOf(row)),
    ),
});
