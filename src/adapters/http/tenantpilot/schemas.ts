import * as z from 'zod';
import { SUBSCRIPTION_STATES } from '../../../domain/entitlements/lifecycle.js';
import { Moment } from '../training-pipes/usage-schemas.js';

/** Public numbers of workspaces, drafts, reviews and packs; what is spelt otherwise names nothing. */
const Numbered = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)
  .meta({ type: 'integer' });
export const WorkspaceParams = z.object({ workspace: Numbered });
export const DraftParams = z.object({ onboardingDraft: Numbered });
export const ReviewParams = z.object({ tenantReview: Numbered });
export const PackParams = z.object({ reviewPack: Numbered });

export const LONGEST_TEXT = 4_000;
const Text = z.string().max(LONGEST_TEXT);
const Common = { billing_reference: Text.nullish(), status_reason: Text };
const alien = (state: (typeof SUBSCRIPTION_STATES)[number]) =>
  z.never({ error: `does not belong to state ${state}` }).optional();

const Trial = z
  .object({
    state: z.literal('trial'),
    ...Common,
    trial_ends_at: Moment,
    current_period_starts_at: alien('trial'),
    current_period_ends_at: alien('trial'),
  })
  .meta({ id: 'TrialSubscriptionCommand' });
const periodic = (state: 'active' | 'past_due' | 'cancel_at_period_end', id: string) =>
  z
    .object({
      state: z.literal(state),
      ...Common,
      current_period_starts_at: Moment,
      current_period_ends_at: Moment,
      trial_ends_at: alien(state),
    })
    .meta({ id });
const Ended = z
  .object({
    state: z.literal('ended'),
    ...Common,
    current_period_ends_at: Moment,
    trial_ends_at: alien('ended'),
    current_period_starts_at: alien('ended'),
  })
  .meta({ id: 'EndedSubscriptionCommand' });

/** Each state with the dates that belong to it, and no others. */
export const TruthCommandDto = z.discriminatedUnion(
  'state',
  [
    Trial,
    periodic('active', 'ActiveSubscriptionCommand'),
    periodic('past_due', 'PastDueSubscriptionCommand'),
    periodic('cancel_at_period_end', 'CancelAtPeriodEndSubscriptionCommand'),
    Ended,
  ],
  { error: () => `must be one of ${SUBSCRIPTION_STATES.join(', ')}` },
);

export const StateCommandDto = z.object({ state: Text, reason: Text });

/** Whatever else stands beside the order goes into the pack as notes. */
export const PackCommandDto = z
  .looseObject({
    format: z.enum(['csv', 'json']).optional(),
    from: Moment.optional(),
    to: Moment.optional(),
  })
  .meta({ id: 'ReviewPackGenerationCommand' });

export const ReviewCommandDto = z.object({
  title: Text,
  from: Moment,
  to: Moment,
  note: Text.nullish(),
});
