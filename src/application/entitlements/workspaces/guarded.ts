import { err, errAsync, type ResultAsync } from 'neverthrow';
import { withFallbacks } from '../../../domain/entitlements/decide.js';
import {
  type GatedFeature,
  gate,
  type LifecycleBlocked,
  type NotEntitled,
} from '../../../domain/entitlements/gate.js';
import type { LifecycleDecision } from '../../../domain/entitlements/lifecycle.js';
import type { WorkspacesTx } from '../../../ports/entitlements/workspaces.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { byCaller } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import type { WorkspaceMember } from './views.js';

type Blocked = NotEntitled | LifecycleBlocked;

/** What the workspace has, and then how it stands, as both are in this unit. */
export const passGate = (
  tx: WorkspacesTx,
  { settings }: Pick<WorkspacesDeps, 'settings'>,
  { accountId, at }: WorkspaceMember,
  feature: GatedFeature,
): ResultAsync<LifecycleDecision, Blocked | Unavailable> =>
  tx
    .facts(accountId, at, [feature])
    .andThen((facts) => gate(withFallbacks(facts, settings.fallbacks), feature));

const isBlocked = (failure: { readonly kind: string }): failure is Blocked =>
  failure.kind === 'not_entitled' || failure.kind === 'lifecycle_blocked';

const told = (failure: Blocked, feature: GatedFeature, action: string) => {
  const common = { action, feature, outcome: 'block', limit: null, used: 0 };
  if (failure.kind === 'not_entitled') return { ...common, reason: failure.decision.reason };
  const { state, source } = failure.decision;
  return { ...common, reason: 'lifecycle_blocked', lifecycle_state: state, source };
};

/** What was blocked leaves nothing but a row in the audit, in a unit of its own: that of the work is undone. */
export const blocksOnRecord = <T, E extends { readonly kind: string }>(
  { workspaces }: Pick<WorkspacesDeps, 'workspaces'>,
  member: WorkspaceMember,
  { feature, action }: { readonly feature: GatedFeature; readonly action: string },
  work: ResultAsync<T, E>,
): ResultAsync<T, E | Unavailable> =>
  work.orElse((failure): ResultAsync<T, E | Unavailable> => {
    if (!isBlocked(failure)) return errAsync(failure);
    const { accountId } = member;
    const data = told(failure, feature, action);
    return workspaces
      .run((tx) =>
        tx.audit.record(
          byCaller(member, { accountId, action: 'entitlement.refused', target: accountId, data }),
        ),
      )
      .andThen(() => err(failure));
  });
