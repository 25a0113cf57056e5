import * as z from 'zod';
import { Timestamp } from '../training-pipes/schemas.js';

const Source = z.enum(['workspace_subscription', 'workspace_setting', 'default_active_paid']);
const Outcome = z.enum(['allow', 'warn', 'block']);

/** A workspace by its number. */
export const WorkspaceDto = z.object({ id: z.int(), name: z.string() }).meta({ id: 'Workspace' });

export const SystemWorkspaceDto = z
  .object({
    source: Source,
    fallback_status: z.boolean(),
    subscription_present: z.boolean(),
    state: z.string().nullable(),
    label: z.string().nullable(),
    billing_reference: z.string().nullable(),
    status_reason: z.string().nullable(),
    key_date_label: z.string().nullable(),
    key_date: Timestamp.nullable(),
    needs_review: z.boolean(),
    derived_lifecycle_state: z.string(),
    last_changed_at: Timestamp.nullable(),
    last_changed_by: z.string().nullable(),
    /** Additive. */
    workspace: WorkspaceDto,
    outcome: Outcome,
    explanation: z.string(),
  })
  .meta({ id: 'SystemWorkspaceSubscriptionView' });

export const SettingsDto = z
  .object({
    source: Source,
    derived_lifecycle_state: z.string(),
    state_label: z.string(),
    explanation: z.string(),
    fallback_status: z.boolean(),
    key_date_label: z.string().nullable(),
    key_date: Timestamp.nullable(),
    /** Additive. */
    workspace: WorkspaceDto,
    outcome: Outcome,
  })
  .meta({ id: 'SettingsSubscriptionSummaryView' });

export const OnboardingDto = z
  .object({
    lifecycle_state: z.string(),
    source: Source,
    outcome: Outcome,
    explanation: z.string(),
    /** Additive. */
    completed_at: Timestamp.nullable(),
  })
  .meta({ id: 'LifecycleDecisionView' });

export const PackDto = z
  .object({
    id: z.int(),
    kind: z.enum(['review', 'executive']),
    status: z.enum(['queued', 'running', 'ready', 'failed']),
    tenant_review_id: z.int().nullable(),
    format: z.enum(['csv', 'json']),
    from: Timestamp,
    to: Timestamp,
    requested_at: Timestamp,
    /** Bytes; null while there are none. */
    size: z.int().nullable(),
    failure: z.string().nullable(),
    run: z.object({
      id: z.int(),
      operation: z.string(),
      status: z.enum(['queued', 'running', 'succeeded', 'failed']),
      queued_at: Timestamp,
      started_at: Timestamp.nullable(),
      ended_at: Timestamp.nullable(),
    }),
  })
  .meta({ id: 'ReviewPack' });

/** `deduped`: one that was there, or under way, already. */
export const OrderedDto = PackDto.extend({ deduped: z.boolean() }).meta({ id: 'OrderedReviewPack' });

export const ReviewDto = z
  .object({
    id: z.int(),
    title: z.string(),
    note: z.string().nullable(),
    from: Timestamp,
    to: Timestamp,
    created_at: Timestamp,
  })
  .meta({ id: 'TenantReview' });

const pageDto = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_page_token: z.string().optional() });
export const WorkspacePageDto = pageDto(WorkspaceDto);
export const PackPageDto = pageDto(PackDto);
export const ReviewPageDto = pageDto(ReviewDto);
