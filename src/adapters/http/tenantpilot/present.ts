import type * as z from 'zod';
import type {
  OnboardingView,
  Ordered,
  PackView,
  SettingsSummaryView,
  SystemWorkspaceView,
} from '../../../application/entitlements/workspaces/views.js';
import type { TenantReview, Workspace } from '../../../domain/entitlements/workspace.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { TokenPage } from '../kit/page.js';
import type {
  OnboardingDto,
  OrderedDto,
  PackDto,
  ReviewDto,
  SettingsDto,
  SystemWorkspaceDto,
  WorkspaceDto,
} from './views-schemas.js';

const isoOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

export const presentWorkspace = ({ number, name }: Workspace): z.input<typeof WorkspaceDto> => ({
  id: number,
  name,
});

/** What x-logical-view-model says of the page, and what the page shows beside. */
export const presentSystemWorkspace = (view: SystemWorkspaceView): z.input<typeof SystemWorkspaceDto> => ({
  source: view.source,
  fallback_status: view.fallback,
  subscription_present: view.present,
  state: view.state ?? null,
  label: view.label ?? null,
  billing_reference: view.billingReference ?? null,
  status_reason: view.statusReason ?? null,
  key_date_label: view.keyDate?.label ?? null,
  key_date: isoOrNull(view.keyDate?.at),
  needs_review: view.needsReview,
  derived_lifecycle_state: view.derivedState,
  last_changed_at: isoOrNull(view.lastChangedAt),
  last_changed_by: view.lastChangedBy ?? null,
  workspace: presentWorkspace(view.workspace),
  outcome: view.decision.outcome,
  explanation: view.decision.explanation,
});

export const presentSettings = (view: SettingsSummaryView): z.input<typeof SettingsDto> => ({
  source: view.source,
  derived_lifecycle_state: view.derivedState,
  state_label: view.stateLabel,
  explanation: view.explanation,
  fallback_status: view.fallback,
  key_date_label: view.keyDate?.label ?? null,
  key_date: isoOrNull(view.keyDate?.at),
  workspace: presentWorkspace(view.workspace),
  outcome: view.outcome,
});

export const presentOnboarding = ({ decision, draft }: OnboardingView): z.input<typeof OnboardingDto> => ({
  lifecycle_state: decision.state,
  source: decision.source,
  outcome: decision.outcome,
  explanation: decision.explanation,
  completed_at: isoOrNull(draft.completed?.at),
});

export const presentPack = ({ pack, run }: PackView): z.input<typeof PackDto> => ({
  id: pack.number,
  kind: pack.kind,
  status: pack.status,
  tenant_review_id: pack.reviewNumber ?? null,
  format: pack.order.format,
  from: iso(pack.order.from),
  to: iso(pack.order.to),
  requested_at: iso(pack.requestedAt),
  size: pack.file?.size ?? null,
  failure: pack.failure ?? null,
  run: {
    id: run.number,
    operation: run.operation,
    status: run.status,
    queued_at: iso(run.queuedAt),
    started_at: isoOrNull(run.startedAt),
    ended_at: isoOrNull(run.endedAt),
  },
});

export const presentOrdered = (ordered: Ordered): z.input<typeof OrderedDto> => ({
  ...presentPack(ordered),
  deduped: ordered.deduped,
});

export const presentReview = (review: TenantReview): z.input<typeof ReviewDto> => ({
  id: review.number,
  title: review.title,
  note: review.note ?? null,
  from: iso(review.from),
  to: iso(review.to),
  created_at: iso(review.createdAt),
});

/** A page of anything, each thing as it is presented. */
export const presentPage =
  <T, R>(present: (item: T) => R) =>
  ({ items, ...rest }: TokenPage<T>) => ({ items: items.map(present), ...rest });
