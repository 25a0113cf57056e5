import { err, ok, type Result } from 'neverthrow';
import { isStorableText } from '../shared/text.js';
import { type Instant, isWritable, UNWRITABLE } from '../shared/time.js';
import { SUBSCRIPTION_STATES, type SubscriptionState, type WorkspaceSubscription } from './lifecycle.js';

/** What an operator asserts of a workspace's subscription; which dates belong to it hangs on the state. */
export type TruthCommand = {
  readonly state: string;
  readonly billingReference?: string | undefined;
  readonly statusReason?: string | undefined;
  readonly trialEndsAt?: Instant | undefined;
  readonly periodStartsAt?: Instant | undefined;
  readonly periodEndsAt?: Instant | undefined;
};

export type TruthField = keyof TruthCommand;
export type InvalidTruth = {
  readonly kind: 'invalid_truth';
  /** Each wrong field once, in the order of the command. */
  readonly fields: readonly { readonly field: TruthField; readonly reason: string }[];
};

const DATES = ['trialEndsAt', 'periodStartsAt', 'periodEndsAt'] as const;
type DateField = (typeof DATES)[number];

/** The dates that belong to each state: all of them are needed, and no others fit. */
export const DATES_OF = {
  trial: ['trialEndsAt'],
  active: ['periodStartsAt', 'periodEndsAt'],
  past_due: ['periodStartsAt', 'periodEndsAt'],
  cancel_at_period_end: ['periodStartsAt', 'periodEndsAt'],
  ended: ['periodEndsAt'],
} as const satisfies Record<SubscriptionState, readonly DateField[]>;

export const LONGEST_REASON = 1_000;
export const LONGEST_REFERENCE = 200;

type Wrong = InvalidTruth['fields'][number];

const wrongText = (
  field: 'billingReference' | 'statusReason',
  text: string | undefined,
  most: number,
): readonly Wrong[] => {
  if (text === undefined) return [];
  if (text.trim() === '') return [{ field, reason: 'must not be blank' }];
  if (text.length > most) return [{ field, reason: `must have at most ${most} characters` }];
  return isStorableText(text) ? [] : [{ field, reason: 'must be text without NUL and lone surrogates' }];
};

const wrongDate = (field: DateField, command: TruthCommand, state: SubscriptionState): readonly Wrong[] => {
  const belongs = (DATES_OF[state] as readonly DateField[]).includes(field);
  const at = command[field];
  if (at !== undefined && !isWritable(at)) return [{ field, reason: UNWRITABLE }];
  if (belongs === (at !== undefined)) return [];
  return [{ field, reason: belongs ? `is needed in state ${state}` : `does not belong to state ${state}` }];
};

const wrongOrder = (command: TruthCommand, state: SubscriptionState, at: Instant): readonly Wrong[] => {
  const { trialEndsAt, periodStartsAt, periodEndsAt } = command;
  if (state === 'trial')
    return trialEndsAt !== undefined && trialEndsAt <= at
      ? [{ field: 'trialEndsAt', reason: 'must be still to come' }]
      : [];
  return state !== 'ended' &&
    periodStartsAt !== undefined &&
    periodEndsAt !== undefined &&
    periodEndsAt <= periodStartsAt
    ? [{ field: 'periodEndsAt', reason: 'must come after the start of the period' }]
    : [];
};

const isState = (text: string): text is SubscriptionState =>
  (SUBSCRIPTION_STATES as readonly string[]).includes(text);

/** The record that a command leaves in place of `before`. */
export const assert = (
  before: WorkspaceSubscription | undefined,
  command: TruthCommand,
  { at, by }: { readonly at: Instant; readonly by: string },
): Result<WorkspaceSubscription, InvalidTruth> => {
  const { state, statusReason, billingReference } = command;
  if (!isState(state))
    return err({
      kind: 'invalid_truth',
      fields: [{ field: 'state', reason: `must be one of ${SUBSCRIPTION_STATES.join(', ')}` }],
    });
  const fields: readonly Wrong[] = [
    ...wrongText('billingReference', billingReference, LONGEST_REFERENCE),
    ...(statusReason === undefined ? [{ field: 'statusReason', reason: 'is needed' } as const] : []),
    ...wrongText('statusReason', statusReason, LONGEST_REASON),
    ...DATES.flatMap((field) => wrongDate(field, command, state)),
    ...wrongOrder(command, state, at),
  ];
  if (fields.length > 0 || statusReason === undefined) return err({ kind: 'invalid_truth', fields });
  return ok({
    version: (before?.version ?? 0) + 1,
    state,
    billingReference,
    statusReason,
    trialEndsAt: command.trialEndsAt,
    periodStartsAt: command.periodStartsAt,
    periodEndsAt: command.periodEndsAt,
    since: before?.state === state ? before.since : at,
    changedAt: at,
    changedBy: by,
  });
};
