import { err, ok, type Result } from 'neverthrow';
import type * as z from 'zod';
import type { SubscriptionState } from '../../../domain/entitlements/lifecycle.js';
import {
  DATES_OF,
  type InvalidTruth,
  type TruthCommand,
  type TruthField,
} from '../../../domain/entitlements/truth.js';
import { type Instant, instant } from '../../../domain/shared/time.js';
import type { FieldProblem } from '../kit/dialect.js';
import type { TruthCommandDto } from './schemas.js';

/** What was asserted cannot be, field by field in the words of the contract. */
export type RefusedTruth = {
  readonly kind: 'invalid_truth';
  readonly problems: readonly FieldProblem[];
};

/** What people type: moments as a browser's field has them, in UTC. */
export type TypedTruth = {
  readonly state: string;
  readonly billing_reference: string;
  readonly status_reason: string;
  readonly trial_ends_at: string;
  readonly current_period_starts_at: string;
  readonly current_period_ends_at: string;
};

const WIRE = {
  state: 'state',
  billingReference: 'billing_reference',
  statusReason: 'status_reason',
  trialEndsAt: 'trial_ends_at',
  periodStartsAt: 'current_period_starts_at',
  periodEndsAt: 'current_period_ends_at',
} as const satisfies Record<TruthField, keyof TypedTruth>;

/** Names the fields as clients do. */
export const inWireWords = <E extends { readonly kind: string }>(
  failure: E | InvalidTruth,
): Exclude<E, InvalidTruth> | RefusedTruth =>
  isInvalidTruth(failure)
    ? {
        kind: 'invalid_truth',
        problems: failure.fields.map(({ field, reason }) => ({ field: WIRE[field], message: reason })),
      }
    : (failure as Exclude<E, InvalidTruth>);

const isInvalidTruth = (failure: { readonly kind: string }): failure is InvalidTruth =>
  failure.kind === 'invalid_truth' && 'fields' in failure;

export const commandOf = (document: z.output<typeof TruthCommandDto>): TruthCommand => ({
  state: document.state,
  billingReference: document.billing_reference ?? undefined,
  statusReason: document.status_reason,
  trialEndsAt: document.trial_ends_at,
  periodStartsAt: document.current_period_starts_at,
  periodEndsAt: document.current_period_ends_at,
});

const TYPED_MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/;
const momentOf = (field: keyof TypedTruth, typed: string): Result<Instant | undefined, FieldProblem> => {
  if (typed === '') return ok(undefined);
  const ms = TYPED_MOMENT.test(typed) ? Date.parse(`${typed}Z`) : Number.NaN;
  return Number.isNaN(ms) ? err({ field, message: 'must be a day and a time' }) : ok(instant(ms));
};

const DATES = ['trialEndsAt', 'periodStartsAt', 'periodEndsAt'] as const;

/** The dates that belong to the state: the form has fields for all of them, whatever state is chosen. */
const datesFor = (state: string): readonly (typeof DATES)[number][] =>
  Object.hasOwn(DATES_OF, state) ? DATES_OF[state as SubscriptionState] : [];

/** The command that a form stands for. */
export const typedCommand = (typed: TypedTruth): Result<TruthCommand, RefusedTruth> => {
  const wanted = datesFor(typed.state);
  const read = DATES.map((date) => momentOf(WIRE[date], wanted.includes(date) ? typed[WIRE[date]] : ''));
  const problems = read.flatMap((moment) => (moment.isErr() ? [moment.error] : []));
  if (problems.length > 0) return err({ kind: 'invalid_truth', problems });
  const [trialEndsAt, periodStartsAt, periodEndsAt] = read.map((moment) => moment.unwrapOr(undefined));
  return ok({
    state: typed.state,
    billingReference: typed.billing_reference.trim() || undefined,
    statusReason: typed.status_reason.trim() || undefined,
    trialEndsAt,
    periodStartsAt,
    periodEndsAt,
  });
};
