import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { AlreadySubscribed, Subscriptions } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { nextNumber } from '../kit/sequence.js';
import type { MemoryTx } from '../kit/store.js';
import { versionedTable } from '../kit/versioned-table.js';
import { idOf } from '../shared/rows.js';
import { ofSeller, TABLES } from './rows.js';

/** Of each kind there is one: a live one of a customer, and one with an id of the processor's. */
const uniquesOf = (subscription: Subscription): readonly (readonly [index: string, value: string])[] => {
  const { sellerId, customerId, processor } = subscription;
  return [
    ...(isLive(subscription) ? [['subscriptions.live', idOf(sellerId, customerId)] as const] : []),
    ...(processor === undefined
      ? []
      : [['subscriptions.processor_id', idOf(sellerId, processor.id)] as const]),
  ];
};

const claim = (tx: MemoryTx, subscription: Subscription): ResultAsync<void, AlreadySubscribed> =>
  uniquesOf(subscription).reduce<ResultAsync<void, AlreadySubscribed>>(
    (claimed, [index, value]) =>
      claimed
        .andThen(() => tx.claimUnique(index, value, subscription.id))
        .andThen((free) =>
          free ? okAsync(undefined) : errAsync<void, AlreadySubscribed>({ kind: 'already_subscribed' }),
        ),
    okAsync(undefined),
  );

const release = (tx: MemoryTx, subscription: Subscription): ResultAsync<void, never> =>
  uniquesOf(subscription).reduce<ResultAsync<void, never>>(
    (released, [index, value]) => released.andThen(() => tx.releaseUnique(index, value)),
    okAsync(undefined),
  );

/** True when the account pays for a live subscription, to whomever. */
export const paysForOne = (tx: MemoryTx, account: AccountId): ResultAsync<boolean, never> =>
  tx
    .table<Customer>(TABLES.customers)
    .all()
    .map((rows) => new Set(rows.filter(({ payer }) => payer === account).map(({ id }) => id)))
    .andThen((customers) =>
      tx
        .table<Subscription>(TABLES.subscriptions)
        .all()
        .map((rows) => rows.some((row) => customers.has(row.customerId) && isLive(row))),
    );

/** Subscriptions on one unit. */
export const memorySubscriptions = (tx: MemoryTx): Subscriptions => {
  const subscriptions = versionedTable<Subscription>(tx, TABLES.subscriptions);
  const find = (isMeant: (row: Subscription) => boolean): ResultAsync<Subscription | undefined, never> =>
    tx
      .table<Subscription>(TABLES.subscriptions)
      .all()
      .map((rows) => rows.find(isMeant));
  return {
    get: (seller, id) =>
      subscriptions.find(id).andThen((row) => {
        const subscription = ofSeller(seller, row);
        return subscription === undefined
          ? errAsync<Subscription, NotFound>(NOT_FOUND)
          : okAsync(subscription);
      }),
    liveOf: (seller, customerId) =>
      find((row) => row.sellerId === seller && row.customerId === customerId && isLive(row)),
    byProcessorId: (seller, processorId) =>
      find((row) => row.sellerId === seller && row.processor?.id === processorId),
    add: (subscription) =>
      claim(tx, subscription)
        .andThen(() => nextNumber(tx, TABLES.subscriptions))
        .andThen((number) => {
          const added = { ...subscription, number };
          return subscriptions.insert(added).map(() => added);
        }),
    save: (subscription) =>
      subscriptions.find(subscription.id).andThen((row) => {
        const before = ofSeller(subscription.sellerId, row);
        if (before?.version !== subscription.version || before.confirmed !== subscription.confirmed)
          return errAsync<Subscription, StaleVersion>({ kind: 'stale_version', id: subscription.id });
        return release(tx, before)
          .andThen(() => claim(tx, subscription))
          .andThen(() => subscriptions.update({ ...subscription, number: before.number }));
      }),
    confirm: ({ sellerId, id, version }) =>
      subscriptions.find(id).andThen((row) => {
        const found = ofSeller(sellerId, row);
        if (found?.version !== version)
          return errAsync<Subscription, StaleVersion>({ kind: 'stale_version', id });
        const confirmed = { ...found, confirmed: (found.confirmed ?? 0) + 1 };
        return tx
          .table<Subscription>(TABLES.subscriptions)
          .put(id, confirmed)
          .map(() => confirmed);
      }),
  };
};
