import { expect } from 'vitest';
import { TABLES as BILLING } from '../../../../src/adapters/memory/billing/rows.js';
import { type AuditRow, TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { canonicalStatus, isLive, type Subscription } from '../../../../src/domain/billing/subscription.js';
import type { SubscriptionView } from '../../../../src/ports/billing/mirrored-subscriptions.js';
import type { BillingIntent } from '../../../../src/ports/billing/unit-of-work.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import type { Cast } from './events-history.js';

/** What a row and a view have in common, to be compared. */
const shown = (of: {
  status: string;
  cancel: boolean;
  price: string | null | undefined;
  from: number;
  to: number;
}): string => JSON.stringify([of.status, of.cancel, of.price ?? null, of.from, of.to]);

const ofView = (view: SubscriptionView, ours: ReadonlyMap<string, string>): string =>
  shown({
    status: canonicalStatus(view.status),
    cancel: view.cancelAtPeriodEnd,
    price: ours.get(view.price),
    from: view.period.start,
    to: view.period.end,
  });

const ofEvent = ({ data }: DomainEvent): string =>
  shown({
    status: String(data['status']),
    cancel: data['cancel_at_period_end'] === true,
    price: data['price_id'] as string | null,
    from: Number(data['period_from']),
    to: Number(data['period_to']),
  });

/** Whether these came in this order among those, whatever came between. */
const inOrder = (some: readonly string[], all: readonly string[]): boolean => {
  let at = 0;
  return some.every((one) => {
    at = all.indexOf(one, at) + 1;
    return at > 0;
  });
};

/** A platform, with all that the processor has said to it. */
export type Platform = Cast & {
  readonly customers: readonly { readonly id: string; readonly processorId: string }[];
  readonly ours: ReadonlyMap<string, string>;
  /** Everything that the processor has answered, as it came. */
  readonly answered: readonly (readonly SubscriptionView[])[];
};

const rowsOf = async ({ stage }: Platform, customerId: string): Promise<readonly Subscription[]> =>
  (await stage.readers.subscriptionsOf(PLATFORM, customerId))._unsafeUnwrap();

const compareRows = (
  rows: readonly Subscription[],
  views: readonly SubscriptionView[],
  ours: Platform['ours'],
): void => {
  const mirrors = rows.filter(({ truthSource }) => truthSource === 'mirrored');
  // When a price was first seen is our own word, by our own clock.
  const theirs = ({ processor }: Subscription) => {
    if (processor === undefined) return undefined;
    const { pricedSince, ...words } = processor;
    expect(pricedSince).toBeDefined();
    return words;
  };
  const said = mirrors.map((row) => ({
    processor: theirs(row),
    status: row.status,
    price: row.priceId,
    cancel: row.cancelAtPeriodEnd,
    period: row.period,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  }));
  const truth = views.map((view) => ({
    processor: { id: view.id, status: view.status, priceId: view.price },
    status: canonicalStatus(view.status),
    price: ours.get(view.price),
    cancel: view.cancelAtPeriodEnd,
    period: view.period,
    startedAt: view.createdAt,
    endedAt: view.endedAt,
  }));
  const byId = (
    a: { processor: { id: string } | undefined },
    b: { processor: { id: string } | undefined },
  ) => ((a.processor?.id ?? '') < (b.processor?.id ?? '') ? -1 : 1);
  expect([...said].sort(byId)).toEqual([...truth].sort(byId));
  expect(rows.filter(isLive).length).toBeLessThanOrEqual(1);
};

/** The versions of a row, as they were told: without a gap, and never back to what the processor said before. */
const compareHistory = (
  row: Subscription,
  told: readonly DomainEvent[],
  { answered, ours }: Platform,
): void => {
  const versions = told.filter(({ stream }) => stream === row.id).sort((a, b) => a.seq - b.seq);
  expect(versions.map(({ seq }) => seq)).toEqual(Array.from({ length: row.version }, (_, n) => n + 1));
  const seen = answered.flatMap((views) =>
    views.filter(({ id }) => id === row.processor?.id).map((view) => ofView(view, ours)),
  );
  expect(inOrder(versions.map(ofEvent), seen)).toBe(true);
};

const compareFree = (rows: readonly Subscription[], told: readonly DomainEvent[]): void => {
  const paid = rows
    .filter(({ truthSource }) => truthSource === 'mirrored')
    .some(({ id }) =>
      told.some((one) => one.stream === id && isLive({ status: one.data['status'] as 'active' })),
    );
  for (const row of rows.filter(({ truthSource }) => truthSource === 'derived'))
    expect(row.status).toBe(paid ? 'ended' : 'active');
};

/** What the processor has paid back is what the audit says, of each intent once. */
const compareRefunds = async ({ stage }: Platform): Promise<void> => {
  const audit = (await stage.store.read<AuditRow>(SHARED.audit).all())._unsafeUnwrap();
  const refunds = audit.filter(({ action }) => action === 'subscription.refund');
  const said = new Map(refunds.map(({ target, data }) => [target, BigInt(String(data?.['refunded']))]));
  const sum = [...said.values()].reduce((total, amount) => total + amount, 0n);
  expect(stage.memory.hooks(PLATFORM_CONNECTION).refunded()).toBe(sum);
};

/** Our rows say what the processor says; and on the way there nothing went backwards, or was left half-done. */
export const compare = async (platform: Platform): Promise<void> => {
  await compareRefunds(platform);
  const { stage, customers, ours } = platform;
  const told = (await stage.store.read<DomainEvent>(SHARED.events).all())._unsafeUnwrap();
  for (const { id, processorId } of customers) {
    const views = await stage.memory.subscriptions.ofCustomer(PLATFORM_CONNECTION, processorId);
    const rows = await rowsOf(platform, id);
    compareRows(rows, views._unsafeUnwrap(), ours);
    for (const row of rows.filter(({ truthSource }) => truthSource === 'mirrored'))
      compareHistory(row, told, platform);
    compareFree(rows, told);
  }
};

/** The intents to end a second subscription that nobody has settled. */
export const unsettled = async ({ stage }: Platform): Promise<readonly BillingIntent[]> => {
  const intents = await stage.store.read<BillingIntent & { settled?: unknown }>(BILLING.intents).all();
  return intents._unsafeUnwrap().filter(({ settled }) => settled === undefined);
};
