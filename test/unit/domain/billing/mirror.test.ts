import { describe, expect, it } from 'vitest';
import { invoiceReason } from '../../../../src/domain/billing/invoice-reason.js';
import {
  endedAt,
  mirrored,
  standsAsBefore,
  type ViewedSubscription,
} from '../../../../src/domain/billing/mirror.js';
import { quotedAt, quoteHolds } from '../../../../src/domain/billing/quote.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../../src/domain/billing/subscription.js';
import { DAY, type Instant, instant, MINUTE, plus } from '../../../../src/domain/shared/time.js';

const AT = instant(Date.UTC(2026, 0, 31));
const known = { id: 'row', sellerId: PLATFORM, customerId: 'customer', priceId: 'ours', at: plus(AT, DAY) };
const view: ViewedSubscription = {
  id: 'sub_1',
  status: 'active',
  cancelAtPeriodEnd: false,
  price: 'price_1',
  period: { start: AT, end: plus(AT, 28 * DAY) },
  createdAt: AT,
  labels: {},
};
const stored = (over: Partial<Subscription> = {}): Subscription => ({
  ...mirrored(undefined, view, known),
  number: 7,
  version: 3,
  ...over,
});

describe('a row for what the processor shows', () => {
  it.each([
    ['incomplete', 'pending'],
    ['incomplete_expired', 'ended'],
    ['trialing', 'trialing'],
    ['active', 'active'],
    ['past_due', 'past_due'],
    ['unpaid', 'on_hold'],
    ['paused', 'paused'],
    ['canceled', 'ended'],
    ['a word of tomorrow', 'pending'],
  ])('says %s as %s, and keeps the word itself', (status, canonical) => {
    expect(mirrored(undefined, { ...view, status }, known)).toMatchObject({
      status: canonical,
      processor: { id: 'sub_1', status, priceId: 'price_1' },
      truthSource: 'mirrored',
    });
  });

  it('keeps identity, number and version of the row that is there', () => {
    const after = mirrored(stored(), { ...view, status: 'past_due' }, { ...known, id: 'another' });
    expect(after).toMatchObject({ id: 'row', number: 7, version: 3, status: 'past_due' });
  });

  it('has no price of ours where the price is not written down', () => {
    expect(mirrored(stored(), view, { ...known, priceId: undefined })).not.toHaveProperty('priceId');
  });

  it('keeps a plan for later until anything has changed that would have taken it up or dropped it', () => {
    const before = stored({ nextPriceId: 'next' });
    const next = (over: Partial<ViewedSubscription>) =>
      mirrored(before, { ...view, ...over }, known).nextPriceId;
    expect(next({})).toBe('next');
    expect(next({ status: 'past_due' })).toBe('next');
    expect(next({ price: 'price_2' })).toBeUndefined();
    expect(next({ period: { start: view.period.end, end: plus(view.period.end, DAY) } })).toBeUndefined();
    expect(next({ cancelAtPeriodEnd: true })).toBeUndefined();
    expect(next({ status: 'canceled' })).toBeUndefined();
  });

  it('says since when it has its price: from its beginning, or from when another one was seen', () => {
    const since = (before: Subscription | undefined, price: string) =>
      mirrored(before, { ...view, price }, known).processor?.pricedSince;
    expect(since(undefined, 'price_1')).toBe(AT);
    expect(since(stored(), 'price_1')).toBe(AT);
    expect(since(stored(), 'price_2')).toBe(known.at);
  });

  it('stands as before when the processor shows the same, and only then', () => {
    const before = stored();
    const same = (over: Partial<ViewedSubscription>) =>
      standsAsBefore(before, mirrored(before, { ...view, ...over }, known));
    expect(same({})).toBe(true);
    expect(standsAsBefore(undefined, before)).toBe(false);
    for (const over of [
      { status: 'past_due' },
      { cancelAtPeriodEnd: true },
      { price: 'price_2' },
      { period: { start: AT, end: plus(AT, 29 * DAY) } },
      { endedAt: AT },
      { status: 'incomplete_expired' },
    ])
      expect([over, same(over)]).toEqual([over, false]);
    expect(standsAsBefore(before, { ...before, nextPriceId: 'next' })).toBe(false);
    expect(standsAsBefore(before, { ...before, priceId: 'other' })).toBe(false);
  });

  it('that only we keep ends with what was planned for it', () => {
    const ended = endedAt(stored({ nextPriceId: 'next', cancelAtPeriodEnd: true }), AT);
    expect(ended).toMatchObject({ status: 'ended', endedAt: AT, cancelAtPeriodEnd: false });
    expect(ended).not.toHaveProperty('nextPriceId');
  });
});

describe('a quote', () => {
  const period = { start: AT, end: plus(AT, 28 * DAY) };
  const running = { period, processor: undefined };

  it('is told for a whole second, as processors count', () => {
    expect(quotedAt(plus(AT, 1_999))).toBe(plus(AT, 1_000));
  });

  it('holds for ten minutes, within its period, and never ahead of time', () => {
    const quoted = plus(AT, DAY);
    expect(quoteHolds(quoted, quoted, running)).toBe(true);
    expect(quoteHolds(quoted, plus(quoted, 10 * MINUTE), running)).toBe(true);
    expect(quoteHolds(quoted, plus(quoted, 10 * MINUTE + 1), running)).toBe(false);
    expect(quoteHolds(plus(quoted, 1), quoted, running)).toBe(false);
    expect(quoteHolds(plus(AT, -1), plus(AT, MINUTE), running)).toBe(false);
    expect(quoteHolds(AT, plus(AT, MINUTE), running)).toBe(true);
  });

  it('holds no longer than the price that it is told from', () => {
    const quoted = plus(AT, DAY);
    const holds = (pricedSince: Instant) =>
      quoteHolds(quoted, plus(quoted, MINUTE), {
        period,
        processor: { id: 'sub_1', status: 'active', priceId: 'price_1', pricedSince },
      });
    expect([holds(AT), holds(quoted), holds(plus(quoted, 1))]).toEqual([true, true, false]);
  });
});

describe('why an invoice was made', () => {
  it.each([
    ['subscription_create', false, 'subscription_create'],
    ['subscription_create', true, 'subscription_create'],
    ['subscription_update', true, 'subscription_update'],
    ['subscription_cycle', false, 'subscription_cycle'],
    ['subscription_cycle', true, 'subscription_usage'],
    ['manual', false, 'manual'],
    ['quote_accept', true, 'manual'],
  ])('%s, with lines by usage %s: %s', (billingReason, hasUsageLines, reason) => {
    expect(invoiceReason({ billingReason, hasUsageLines })).toBe(reason);
  });
});
