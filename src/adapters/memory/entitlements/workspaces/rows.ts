import type { WorkspaceSetting, WorkspaceSubscription } from '../../../../domain/entitlements/lifecycle.js';
import type { OperationRun, ReviewPack } from '../../../../domain/entitlements/pack.js';
import type { OnboardingDraft, TenantReview } from '../../../../domain/entitlements/workspace.js';
import type { AccountId } from '../../../../domain/shared/ids.js';
import type { SessionRow } from '../../accounts/rows.js';

/** By account. */
export type SubscriptionRow = WorkspaceSubscription & { readonly accountId: AccountId };
export type SettingRow = WorkspaceSetting & { readonly accountId: AccountId };
/** By account: there is one each. */
export type DraftRow = OnboardingDraft;
export type ReviewRow = TenantReview;
export type PackRow = ReviewPack;
/** By the pack. */
export type RunRow = OperationRun;
export type PlacedSessionRow = SessionRow & { readonly workspaceId?: AccountId | undefined };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  subscriptions: 'workspace_subscriptions',
  settings: 'workspace_settings',
  drafts: 'onboarding_drafts',
  reviews: 'tenant_reviews',
  packs: 'review_packs',
  runs: 'operation_runs',
} as const;
