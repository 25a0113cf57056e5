import type { Instant } from '../shared/time.js';
import type { Every } from './calendar.js';
import type { Money } from './money.js';
import type { SellerId } from './seller.js';

/** Which contract shows a plan; names are unique within one. */
export const CATALOGUES = ['training-pipes', 'datilio'] as const;
export type CatalogueName = (typeof CATALOGUES)[number];

/** What a plan costs for one rhythm, as the processor said when it was written down. Never changed, only put aside. */
export type PlanPrice = {
  readonly id: string;
  /** The processor's id; undefined: free, the processor knows nothing of it. */
  readonly processorId?: string | undefined;
  readonly cost: Money;
  readonly every: Every;
  /** Only active ones are sold; subscriptions to others go on. */
  readonly active: boolean;
};

/** What is sold. */
export type Plan = {
  readonly id: string;
  /** Its public number, given when it is stored; 0 before. */
  readonly number: number;
  readonly version: number;
  readonly sellerId: SellerId;
  readonly catalogue: CatalogueName;
  readonly name: string;
  /** The processor's id of the product. */
  readonly productId?: string | undefined;
  /** What the contract of its catalogue says of it beside; JSON. */
  readonly traits: Readonly<Record<string, unknown>>;
  readonly prices: readonly PlanPrice[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
