import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';
import type { Allowance } from './allowance.js';
import type { Feature } from './feature.js';
import type { LifecycleDecision } from './lifecycle.js';

/** Of one window: what was used, and what is set aside beside it. */
export type Count = { readonly used: bigint; readonly reserved: bigint };

/** All that is known of one feature in one account. */
export type FeatureFacts = {
  readonly feature: Feature;
  readonly planned?: Allowance | undefined;
  readonly overridden?: Allowance | undefined;
  /** What the operator's settings say where neither does. */
  readonly fallback?: Allowance | undefined;
  /** Of a held feature: what the account has now. */
  readonly held: bigint;
  readonly counts: {
    readonly day: Count;
    readonly month: Count;
    readonly billing_period: Count;
    readonly lifetime: Count;
  };
};

/** What decisions about an account are made from, as it was at one moment. */
export type AccountFacts = {
  readonly accountId: AccountId;
  readonly asOf: Instant;
  readonly plan?: { readonly id: string; readonly name: string } | undefined;
  /** Of the live subscription. */
  readonly period?: { readonly start: Instant; readonly end: Instant } | undefined;
  readonly lifecycle: LifecycleDecision;
  /** By key. */
  readonly features: ReadonlyMap<string, FeatureFacts>;
};
