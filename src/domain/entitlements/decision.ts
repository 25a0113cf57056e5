import type { Instant } from '../shared/time.js';
import type { Outcome } from './lifecycle.js';

export type DecisionReason =
  | 'within_limit'
  | 'unlimited'
  | 'granted'
  | 'near_limit'
  | 'over_soft_limit'
  | 'limit_reached'
  | 'above_maximum'
  | 'not_granted'
  | 'not_in_plan'
  | 'lifecycle_warning'
  | 'lifecycle_blocked';

export type DecisionSource = 'override' | 'plan' | 'default' | 'lifecycle';

/** May this account do this now? */
export type EntitlementDecision = {
  readonly feature: string;
  readonly outcome: Outcome;
  readonly reason: DecisionReason;
  readonly source: DecisionSource;
  /** Undefined: without limit. */
  readonly limit?: bigint | undefined;
  /** With what is set aside. */
  readonly used: bigint;
  readonly remaining?: bigint | undefined;
  /** When the window ends; undefined: never. */
  readonly resetsAt?: Instant | undefined;
  readonly asOf: Instant;
};
