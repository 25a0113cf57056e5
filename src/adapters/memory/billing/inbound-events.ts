import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { Instant } from '../../../domain/shared/time.js';
import type {
  ClaimedEvent,
  EventClaim,
  InboundEvents,
  MirroredCustomer,
  Upshot,
} from '../../../ports/billing/inbound-events.js';
import type { AlreadySubscribed, Subscriptions } from '../../../ports/billing/unit-of-work.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { idOf, TABLES as SHARED } from '../shared/rows.js';
import { type InboundEventRow, newestFirst, TABLES } from './rows.js';
import { memorySubscriptions } from './subscriptions.js';

const keyOf = ({ connection, eventId }: Pick<ClaimedEvent, 'connection' | 'eventId'>): string =>
  idOf(connection, eventId);

const refused = (row: InboundEventRow, at: Instant): EventClaim | undefined => {
  if (row.doneAt !== undefined) return { kind: 'done' };
  return row.leaseUntil !== undefined && row.leaseUntil > at
    ? { kind: 'held', until: row.leaseUntil }
    : undefined;
};

const inHand = (tx: MemoryTx, claim: ClaimedEvent): ResultAsync<InboundEventRow, LeaseLost> =>
  tx
    .table<InboundEventRow>(TABLES.inboundEvents)
    .get(keyOf(claim))
    .andThen((row) =>
      row?.epoch === claim.epoch && row.leaseUntil !== undefined
        ? okAsync(row)
        : errAsync<InboundEventRow, LeaseLost>({ kind: 'lease_lost', id: claim.eventId }),
    );

/** The end of an event, on one unit. */
export const memoryClosing = (tx: MemoryTx): Pick<InboundEvents, 'close'> => ({
  close: (claim, at) =>
    inHand(tx, claim).andThen((row) =>
      tx
        .table<InboundEventRow>(TABLES.inboundEvents)
        .put(keyOf(claim), { ...row, leaseUntil: undefined, doneAt: at }),
    ),
});

type Sought = Parameters<InboundEvents['claim']>[0]['customer'];

const whom = (tx: MemoryTx, sought: Sought): ResultAsync<MirroredCustomer | undefined, never> =>
  tx
    .table<Customer>(TABLES.customers)
    .all()
    .map((rows) =>
      rows.find((row) => row.sellerId === sought?.sellerId && row.processorId === sought.processorId),
    )
    .andThen((customer) => {
      if (customer === undefined) return okAsync(undefined);
      const all = tx.table<Subscription>(TABLES.subscriptions).all();
      return all.map((rows) => ({
        customer,
        rows: rows.filter(({ customerId }) => customerId === customer.id).sort(newestFirst),
      }));
    });

const written = (
  tx: MemoryTx,
  upshot: Upshot,
): ResultAsync<Subscription, StaleVersion | AlreadySubscribed | Unavailable> => {
  const subscriptions: Pick<Subscriptions, 'save' | 'confirm'> = memorySubscriptions(tx);
  if (upshot.kind === 'confirmed') return subscriptions.confirm(upshot.row);
  const { told } = upshot;
  return subscriptions.save(upshot.row).andThen((saved) =>
    tx
      .table<DomainEvent>(SHARED.events)
      .put(idOf(told.stream, told.seq), told)
      .map(() => saved),
  );
};

/** Which events of processors have come, on a memory store. */
export const memoryInboundEvents = (store: MemoryStore): InboundEvents => ({
  claim: ({ connection, id, type, door, customer }, at, leaseUntil) =>
    store.run((tx) => {
      const rows = tx.table<InboundEventRow>(TABLES.inboundEvents);
      const key = keyOf({ connection, eventId: id });
      return rows.get(key).andThen((row): ResultAsync<EventClaim, never> => {
        const refusal = row && refused(row, at);
        if (refusal !== undefined) return okAsync(refusal);
        const first = { connection, eventId: id, type, door, receivedAt: at, epoch: 0 };
        const epoch = (row?.epoch ?? 0) + 1;
        return rows
          .put(key, { ...(row ?? first), epoch, leaseUntil })
          .andThen(() => whom(tx, customer))
          .map((about) => ({ kind: 'claimed', claim: { connection, eventId: id, epoch }, about }));
      });
    }),
  close: (claim, at) => store.run((tx) => memoryClosing(tx).close(claim, at)),
  conclude: (claim, upshot, at) =>
    store
      .run((tx) =>
        written(tx, upshot).andThen((row) =>
          memoryClosing(tx)
            .close(claim, at)
            .orElse(() => okAsync(undefined))
            .map(() => row),
        ),
      )
      .mapErr((failure) => {
        if (failure.kind === 'already_subscribed')
          throw new Error('a row that keeps its status is in no way');
        return failure;
      }),
  release: (claim) =>
    store.run((tx) =>
      inHand(tx, claim)
        .andThen((row) =>
          tx
            .table<InboundEventRow>(TABLES.inboundEvents)
            .put(keyOf(claim), { ...row, leaseUntil: undefined }),
        )
        .orElse(() => okAsync(undefined)),
    ),
});
