import type {
  LifecycleDecision,
  LifecycleSource,
  LifecycleState,
  WorkspaceSetting,
  WorkspaceSubscription,
} from '../../../domain/entitlements/lifecycle.js';
import type { OperationRun, ReviewPack } from '../../../domain/entitlements/pack.js';
import type { KeyDate } from '../../../domain/entitlements/posture.js';
import type {
  OnboardingDraft,
  PlatformCapability,
  Workspace,
} from '../../../domain/entitlements/workspace.js';
import type { Caller, Member } from '../../../domain/shared/principal.js';
import type { Instant } from '../../../domain/shared/time.js';

/** Somebody who looks after all workspaces. */
export type PlatformUser = Caller & { readonly capabilities: readonly PlatformCapability[] };

/** Somebody at work in the workspace that their session is in. */
export type WorkspaceMember = Member & { readonly workspace: Workspace };

/** What is on record of a subscription, and what it comes to. */
export type SubscriptionSummary = {
  readonly source: LifecycleSource;
  /** The posture comes from no record. */
  readonly fallback: boolean;
  readonly present: boolean;
  readonly state?: WorkspaceSubscription['state'] | undefined;
  readonly label?: string | undefined;
  readonly billingReference?: string | undefined;
  readonly statusReason?: string | undefined;
  readonly keyDate?: KeyDate | undefined;
  readonly needsReview: boolean;
  readonly derivedState: LifecycleState;
};

/** A workspace as the platform sees it. */
export type SystemWorkspaceView = SubscriptionSummary & {
  readonly workspace: Workspace;
  readonly decision: LifecycleDecision;
  readonly subscription?: WorkspaceSubscription | undefined;
  readonly setting?: WorkspaceSetting | undefined;
  readonly lastChangedAt?: Instant | undefined;
  /** The address of whoever it was; their id, where nobody has that any more. */
  readonly lastChangedBy?: string | undefined;
  readonly capabilities: readonly PlatformCapability[];
};

/** A workspace as its members see it. */
export type SettingsSummaryView = {
  readonly workspace: Workspace;
  readonly source: LifecycleSource;
  readonly derivedState: LifecycleState;
  readonly stateLabel: string;
  readonly explanation: string;
  readonly outcome: LifecycleDecision['outcome'];
  readonly fallback: boolean;
  readonly keyDate?: KeyDate | undefined;
};

export type OnboardingView = {
  readonly workspace: Workspace;
  readonly draft: OnboardingDraft;
  readonly decision: LifecycleDecision;
};

export type PackView = { readonly pack: ReviewPack; readonly run: OperationRun };

/** `deduped`: it was there, or under way, already. */
export type Ordered = PackView & { readonly deduped: boolean };

/** The bytes of a pack, on their way. Whoever does not read them to the end calls `close`. */
export type PackDownload = {
  readonly pack: ReviewPack;
  readonly fileName: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly close: () => void;
};
