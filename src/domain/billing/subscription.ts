import type { Instant } from '../shared/time.js';
import type { Period } from './period.js';
import type { SellerId } from './seller.js';

/** Who knows how a subscription stands: the processor, we ourselves (free plans), or what an operator says. */
export type TruthSource = 'mirrored' | 'derived' | 'asserted';

/** One vocabulary for all contracts. `pending`: not paid for yet; `on_hold`: unpaid for too long. */
export const SUBSCRIPTION_STATUSES = [
  'pending',
  'trialing',
  'active',
  'past_due',
  'paused',
  'on_hold',
  'ended',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** What a customer has of a plan. A customer has at most one that is live. */
export type Subscription = {
  readonly id: string;
  /** Its public number, given when it is stored; 0 before. */
  readonly number: number;
  readonly version: number;
  /** How often it was found to stand as it is: who had read it before that may not write it any more. */
  readonly confirmed?: number | undefined;
  readonly sellerId: SellerId;
  readonly customerId: string;
  readonly truthSource: TruthSource;
  readonly status: SubscriptionStatus;
  /**
   * The processor's words for it, and its ids; undefined where the processor knows nothing of it. `usageSince`: from
   * when on its invoices carry what was used; undefined: they do not. `pricedSince`: when it was first seen at its price;
   * undefined: before that was written down.
   */
  readonly processor?:
    | {
        readonly id: string;
        readonly status: string;
        readonly priceId: string;
        readonly usageSince?: Instant | undefined;
        readonly pricedSince?: Instant | undefined;
      }
    | undefined;
  /** Of a price that we have written down; undefined for one that only the processor knows. */
  readonly priceId?: string | undefined;
  readonly cancelAtPeriodEnd: boolean;
  /** A price that takes over when the period ends: one of ours. */
  readonly nextPriceId?: string | undefined;
  readonly period: Period;
  readonly startedAt: Instant;
  readonly endedAt?: Instant | undefined;
};

/** Neither over nor waiting for a first payment. */
export const isLive = ({ status }: Pick<Subscription, 'status'>): boolean =>
  status !== 'ended' && status !== 'pending';

const CANONICAL: Readonly<Record<string, SubscriptionStatus>> = {
  incomplete: 'pending',
  incomplete_expired: 'ended',
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  unpaid: 'on_hold',
  paused: 'paused',
  canceled: 'ended',
};

/** Stripe's words in ours; one we do not know holds nothing back and nothing open: it waits. */
export const canonicalStatus = (processorStatus: string): SubscriptionStatus =>
  CANONICAL[processorStatus] ?? 'pending';
