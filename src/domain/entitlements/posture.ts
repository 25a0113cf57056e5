import { DAY, type Instant, iso } from '../shared/time.js';
import type {
  LifecycleDecision,
  LifecycleState,
  Outcome,
  SubscriptionState,
  WorkspaceSetting,
  WorkspaceSubscription,
} from './lifecycle.js';

/** Who owes for longer than this is looked at by a person. */
export const LONGEST_PAST_DUE = 30 * DAY;

/** What a posture lets an account do: all of it, all of it with a word of warning, or only to read. */
export const OUTCOMES = {
  trial: 'allow',
  active_paid: 'allow',
  grace: 'warn',
  suspended_read_only: 'block',
} as const satisfies Record<LifecycleState, Outcome>;

/** What people read for a posture. */
export const LIFECYCLE_LABELS = {
  trial: 'Trial',
  active_paid: 'Active',
  grace: 'Grace period',
  suspended_read_only: 'Suspended, read only',
} as const satisfies Record<LifecycleState, string>;

/** What people read for the state on record. */
export const SUBSCRIPTION_LABELS = {
  trial: 'Trial',
  active: 'Active',
  past_due: 'Past due',
  cancel_at_period_end: 'Cancels at period end',
  ended: 'Ended',
} as const satisfies Record<SubscriptionState, string>;

/** Each end lies outside of what it ends: at that very moment it is over. */
const isOver = (end: Instant | undefined, at: Instant): boolean => end !== undefined && at >= end;
const day = (at: Instant | undefined): string =>
  at === undefined ? 'a day not on record' : iso(at).slice(0, 10);

type Reading = Omit<LifecycleDecision, 'source'>;
const reading = (state: LifecycleState, explanation: string): Reading => ({
  state,
  outcome: OUTCOMES[state],
  explanation,
});

const onRecord: Readonly<Record<SubscriptionState, (s: WorkspaceSubscription, at: Instant) => Reading>> = {
  trial: (s, at) =>
    isOver(s.trialEndsAt, at)
      ? reading(
          'suspended_read_only',
          `The trial ended on ${day(s.trialEndsAt)}: what exists can be read, nothing new can be made.`,
        )
      : reading('trial', `The trial lasts until ${day(s.trialEndsAt)}.`),
  active: () => reading('active_paid', 'The subscription is active.'),
  past_due: (s) =>
    reading(
      'grace',
      `A payment has been due since ${day(s.since)}: settle it to keep the workspace writable.`,
    ),
  cancel_at_period_end: (s, at) =>
    isOver(s.periodEndsAt, at)
      ? reading(
          'suspended_read_only',
          `The cancelled subscription ran out on ${day(s.periodEndsAt)}: what exists can be read, nothing new can be made.`,
        )
      : {
          ...reading('active_paid', `The subscription is cancelled and runs until ${day(s.periodEndsAt)}.`),
          outcome: 'warn',
        },
  ended: (s) =>
    reading(
      'suspended_read_only',
      `The subscription ended on ${day(s.periodEndsAt)}: what exists can be read, nothing new can be made.`,
    ),
};

const SET = {
  trial: 'The workspace is on trial, as an operator set it.',
  active_paid: 'The workspace is paid for, as an operator set it.',
  grace: 'The workspace is in its grace period, as an operator set it.',
  suspended_read_only:
    'An operator suspended the workspace: what exists can be read, nothing new can be made.',
} as const satisfies Record<LifecycleState, string>;

/**
 * The commercial posture of a workspace: from its record, else from what an operator set, else active and paid.
 * It is derived whenever it is asked for and stored nowhere.
 */
export const lifecycleOf = (
  subscription: WorkspaceSubscription | undefined,
  setting: Pick<WorkspaceSetting, 'state'> | undefined,
  at: Instant,
): LifecycleDecision => {
  if (subscription !== undefined)
    return { ...onRecord[subscription.state](subscription, at), source: 'workspace_subscription' };
  if (setting !== undefined)
    return { ...reading(setting.state, SET[setting.state]), source: 'workspace_setting' };
  return {
    ...reading('active_paid', 'No subscription is on record: the workspace counts as active.'),
    source: 'default_active_paid',
  };
};

const hasPeriod = ({ periodStartsAt: start, periodEndsAt: end }: WorkspaceSubscription): boolean =>
  start !== undefined && end !== undefined && start < end;
const hasBegun = (s: WorkspaceSubscription, at: Instant): boolean =>
  s.periodStartsAt !== undefined && at >= s.periodStartsAt;
const isRunning = (s: WorkspaceSubscription, at: Instant): boolean =>
  hasPeriod(s) && hasBegun(s, at) && !isOver(s.periodEndsAt, at);

const agrees: Readonly<Record<SubscriptionState, (s: WorkspaceSubscription, at: Instant) => boolean>> = {
  trial: (s, at) => s.trialEndsAt !== undefined && !isOver(s.trialEndsAt, at),
  active: isRunning,
  past_due: (s, at) => hasPeriod(s) && hasBegun(s, at) && at - s.since <= LONGEST_PAST_DUE,
  cancel_at_period_end: isRunning,
  ended: (s, at) => isOver(s.periodEndsAt, at),
};

/** True when a person should look at the record: its dates say otherwise than its state, or it has owed for long. */
export const needsReview = (subscription: WorkspaceSubscription, at: Instant): boolean =>
  !agrees[subscription.state](subscription, at);

export type KeyDate = { readonly label: string; readonly at: Instant };

/** The date that people ask for first in this state. */
export const keyDateOf = (subscription: WorkspaceSubscription): KeyDate | undefined => {
  const { trialEndsAt, periodEndsAt } = subscription;
  const [label, at] = {
    trial: ['Trial ends', trialEndsAt] as const,
    active: ['Current period ends', periodEndsAt] as const,
    past_due: ['Unpaid period ends', periodEndsAt] as const,
    cancel_at_period_end: ['Access ends', periodEndsAt] as const,
    ended: ['Ended', periodEndsAt] as const,
  }[subscription.state];
  return at === undefined ? undefined : { label, at };
};
