import type { Instant } from '../shared/time.js';

/** Where a posture comes from, first that there is: what is on record, what an operator set, nothing. */
export type LifecycleSource = 'workspace_subscription' | 'workspace_setting' | 'default_active_paid';

export const LIFECYCLE_STATES = ['trial', 'active_paid', 'grace', 'suspended_read_only'] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

export type Outcome = 'allow' | 'warn' | 'block';

/** The commercial posture of an account, and what it means for those who want something. */
export type LifecycleDecision = {
  readonly state: LifecycleState;
  readonly source: LifecycleSource;
  readonly outcome: Outcome;
  readonly explanation: string;
};

export const SUBSCRIPTION_STATES = ['trial', 'active', 'past_due', 'cancel_at_period_end', 'ended'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** What somebody of the platform asserts about the subscription of a workspace: one record each, its last state. */
export type WorkspaceSubscription = {
  readonly version: number;
  readonly state: SubscriptionState;
  readonly billingReference?: string | undefined;
  readonly statusReason: string;
  readonly trialEndsAt?: Instant | undefined;
  readonly periodStartsAt?: Instant | undefined;
  readonly periodEndsAt?: Instant | undefined;
  /** Since when it is in its state. */
  readonly since: Instant;
  readonly changedAt: Instant;
  readonly changedBy: string;
};

/** What an operator set for a workspace that has no record. */
export type WorkspaceSetting = {
  readonly version: number;
  readonly state: LifecycleState;
  readonly reason: string;
  readonly changedAt: Instant;
  readonly changedBy: string;
};
