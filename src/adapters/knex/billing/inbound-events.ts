import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type {
  ClaimedEvent,
  EventClaim,
  InboundEvents,
  MirroredCustomer,
} from '../../../ports/billing/inbound-events.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { CUSTOMER_COLUMNS, customerOf } from './customers.js';
import { SUBSCRIPTION_COLUMNS, subscriptionOf } from './subscriptions.js';

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
    release: (claim) => query(() => inHand(claim).update({ lease_until: null })).map(() => undefined),
  };
};
