import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type {
  ClaimedEvent,
  EventClaim,
  InboundEvents,
  MirroredCustomer,
} from '../../../ports/billing/inbound-events.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { query } from '../kit/query.js';
import { int8, json, nullable, timestamptz } from '../kit/rows.js';
import { CUSTOMER_COLUMNS, customerOf } from './customers.js';
import { rowOfSubscription, SAVE, SUBSCRIPTION_COLUMNS, subscriptionOf } from './subscriptions.js';

// Every webhook comes by here, so that this is plain SQL with a name: each connection plans it once. The rows are as
// they were when the statement began, before the claim at the latest. Others see a claim at once, and it need not be on
// the disk: one that a crash of the server takes away was never made, and what it led to is held by versions. The unit
// that closes it waits for the disk, for both.
const CLAIM = `
  with claimed as (
    insert into inbound_events as held (connection, event_id, type, door, received_at, epoch, lease_until)
    values (:connection, :id, :type, :door, :at, 1, :leaseUntil)
    on conflict (connection, event_id) do update set epoch = held.epoch + 1, lease_until = excluded.lease_until
      where held.done_at is null and (held.lease_until is null or held.lease_until <= :at)
    returning epoch
  )
  select set_config('synchronous_commit', 'off', true), claimed.epoch, ${[...columnsOf('c', CUSTOMER_COLUMNS), ...columnsOf('s', SUBSCRIPTION_COLUMNS)].join(', ')}
    from claimed
    left join customers c on c.seller_id = :seller and c.processor_id = :customer
    left join subscriptions s on s.seller_id = c.seller_id and s.customer_id = c.id
   order by s.started_at desc, s.id desc`;
const CLOSE = `update inbound_events set lease_until = null, done_at = :at
  where connection = :connection and event_id = :id and epoch = :epoch and lease_until is not null`;

// A row that was changed since it was read is not written, and then nothing else is.
const closed = (written: string): string => `closed as (
    update inbound_events set lease_until = null, done_at = :doneAt
     where connection = :connection and event_id = :eventId and epoch = :epoch and lease_until is not null
       and exists (select 1 from ${written})
  )`;
const CONCLUDE_SAVED = `
  with saved as (${SAVE}), told as (
    insert into events (stream, seq, type, account_id, data, at)
    select :stream, version, :type, :account, :data, :toldAt from saved
  ), ${closed('saved')}
  select number from saved`;
const CONCLUDE_CONFIRMED = `
  with confirmed as (
    update subscriptions set confirmed = confirmed + 1
     where seller_id = :seller_id and id = :id and version = :version returning *
  ), ${closed('confirmed')}
  select * from confirmed`;

const Saved = z.object({ number: int8 });
const Claimed = z.object({ epoch: z.number() });
const Standing = z.object({ lease_until: nullable(timestamptz), done_at: nullable(timestamptz) });

type Row = Readonly<Record<string, unknown>>;

const aboutIn = (rows: readonly Row[]): MirroredCustomer | undefined => {
  const customer = rows[0] && rowOf('c', CUSTOMER_COLUMNS, rows[0]);
  return (
    customer && {
      customer: customerOf(customer),
      rows: rows.flatMap((row) => {
        const subscription = rowOf('s', SUBSCRIPTION_COLUMNS, row);
        return subscription ? [subscriptionOf(subscription)] : [];
      }),
    }
  );
};

type Outcome = ResultAsync<Subscription, StaleVersion | Unavailable>;

const stale = (id: string): Outcome => errAsync({ kind: 'stale_version', id });

const concludeSaved = (
  db: Knex,
  row: Subscription,
  { stream, type, accountId, data, at }: DomainEvent,
  closing: Readonly<Record<string, Knex.Value>>,
): Outcome =>
  query(() =>
    db
      .raw<{ readonly rows: readonly unknown[] }>(CONCLUDE_SAVED, {
        ...rowOfSubscription(row),
        ...closing,
        confirmed: row.confirmed ?? 0,
        stream,
        type,
        account: accountId,
        data: json(data),
        toldAt: iso(at),
      })
      .options({ name: 'conclude an event with a change' }),
  ).andThen(({ rows: [saved] }) =>
    saved === undefined
      ? stale(row.id)
      : okAsync({ ...row, ...Saved.parse(saved), version: row.version + 1 }),
  );

const concludeConfirmed = (
  db: Knex,
  { sellerId, id, version }: Subscription,
  closing: Readonly<Record<string, Knex.Value>>,
): Outcome =>
  query(() =>
    db
      .raw<{ readonly rows: readonly unknown[] }>(CONCLUDE_CONFIRMED, {
        ...closing,
        seller_id: sellerId,
        id,
        version,
      })
      .options({ name: 'conclude an event without a change' }),
  ).andThen(({ rows: [row] }) => (row === undefined ? stale(id) : okAsync(subscriptionOf(row))));

/** Which events of processors have come. A claim is a committed lease, not an open transaction. */
export const knexInboundEvents = (db: Knex): InboundEvents => {
  const rowOf = (connection: string, id: string): Knex.QueryBuilder =>
    db('inbound_events').where({ connection, event_id: id });
  const inHand = ({ connection, eventId, epoch }: ClaimedEvent): Knex.QueryBuilder =>
    rowOf(connection, eventId).where({ epoch }).whereNotNull('lease_until');
  /** Why the claim got nothing. One that was given back since then is held no more: the next delivery has it. */
  const refused = (connection: string, id: string, at: Instant): ResultAsync<EventClaim, Unavailable> =>
    query(() => rowOf(connection, id).first('lease_until', 'done_at')).map((row) => {
      const { lease_until: until = at, done_at: doneAt } = Standing.parse(row);
      return doneAt === undefined ? { kind: 'held', until } : { kind: 'done' };
    });
  return {
    claim: ({ connection, id, type, door, customer }, at, leaseUntil) =>
      query(() =>
        db
          .raw<{ readonly rows: readonly Row[] }>(CLAIM, {
            connection,
            id,
            type,
            door,
            at: iso(at),
            leaseUntil: iso(leaseUntil),
            seller: customer?.sellerId ?? null,
            customer: customer?.processorId ?? null,
          })
          .options({ name: 'claim an event' }),
      ).andThen(({ rows }) => {
        const [row] = rows;
        if (row === undefined) return refused(connection, id, at);
        const claim = { connection, eventId: id, epoch: Claimed.parse(row).epoch };
        return okAsync<EventClaim>({ kind: 'claimed', claim, about: aboutIn(rows) });
      }),
    close: ({ connection, eventId, epoch }, at) =>
      query(() =>
        db
          .raw<{ readonly rowCount: number }>(CLOSE, { connection, id: eventId, epoch, at: iso(at) })
          .options({ name: 'close an event' }),
      ).andThen(({ rowCount }) =>
        rowCount === 1 ? okAsync(undefined) : errAsync<void, LeaseLost>({ kind: 'lease_lost', id: eventId }),
      ),
    conclude: ({ connection, eventId, epoch }, upshot, at) => {
      const closing = { connection, eventId, epoch, doneAt: iso(at) };
      return upshot.kind === 'saved'
        ? concludeSaved(db, upshot.row, upshot.told, closing)
        : concludeConfirmed(db, upshot.row, closing);
    },
    release: (claim) => query(() => inHand(claim).update({ lease_until: null })).map(() => undefined),
  };
};
