import {
  keyDateOf,
  LIFECYCLE_LABELS,
  lifecycleOf,
  needsReview,
  SUBSCRIPTION_LABELS,
} from '../../../domain/entitlements/posture.js';
import type { Workspace } from '../../../domain/entitlements/workspace.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { Standing, WorkspaceStanding } from '../../../ports/entitlements/workspaces.js';
import type { PlatformUser, SettingsSummaryView, SubscriptionSummary, SystemWorkspaceView } from './views.js';

/** What is on record of a subscription, and what it comes to at this moment. */
export const summaryOf = ({ subscription, setting }: Standing, at: Instant): SubscriptionSummary => {
  const { source, state: derivedState } = lifecycleOf(subscription, setting, at);
  const common = { source, derivedState, fallback: subscription === undefined };
  if (subscription === undefined)
    return { ...common, present: false, statusReason: setting?.reason, needsReview: false };
  const { state, billingReference, statusReason } = subscription;
  return {
    ...common,
    present: true,
    state,
    label: SUBSCRIPTION_LABELS[state],
    billingReference,
    statusReason,
    keyDate: keyDateOf(subscription),
    needsReview: needsReview(subscription, at),
  };
};

/** A workspace as the platform sees it. */
export const systemView = (
  found: WorkspaceStanding,
  { at, capabilities }: PlatformUser,
): SystemWorkspaceView => {
  const { workspace, subscription, setting, changedByEmail } = found;
  const last = subscription ?? setting;
  return {
    ...summaryOf(found, at),
    workspace,
    subscription,
    setting,
    capabilities,
    decision: lifecycleOf(subscription, setting, at),
    lastChangedAt: last?.changedAt,
    lastChangedBy: changedByEmail ?? last?.changedBy,
  };
};

/** A workspace as its members see it: what an operator wrote down for other operators is not in it. */
export const settingsView = (
  workspace: Workspace,
  { subscription, setting }: Standing,
  at: Instant,
): SettingsSummaryView => {
  const { source, state, explanation, outcome } = lifecycleOf(subscription, setting, at);
  return {
    workspace,
    source,
    derivedState: state,
    stateLabel: LIFECYCLE_LABELS[state],
    explanation,
    outcome,
    fallback: subscription === undefined,
    keyDate: subscription && keyDateOf(subscription),
  };
};
