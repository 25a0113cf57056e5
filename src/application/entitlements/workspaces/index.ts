import type { ResultAsync } from 'neverthrow';
import type { LifecycleBlocked, NotEntitled } from '../../../domain/entitlements/gate.js';
import type { InvalidTruth, TruthCommand } from '../../../domain/entitlements/truth.js';
import type { OnboardingDraft, TenantReview, Workspace } from '../../../domain/entitlements/workspace.js';
import type { Page, PageRequest } from '../../../domain/shared/page.js';
import type { Caller } from '../../../domain/shared/principal.js';
import type { PackAltered } from '../../../ports/entitlements/pack-shelf.js';
import type { Forbidden, NotFound, StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { JobHandler } from '../../../ports/shared/jobs.js';
import {
  changeCommercialState,
  type InvalidState,
  type RecordExists,
  subscriptionView,
  updateSubscriptionTruth,
} from './commercial.js';
import type { WorkspacesDeps } from './deps.js';
import { completeOnboarding, onboardingView } from './onboarding.js';
import { exportExecutivePack, generateReviewPack, regenerate } from './order.js';
import type { InvalidOrder, PackCommand } from './pack-command.js';
import { type PackNotReady, packDownload } from './packs.js';
import {
  enterSystem,
  enterWorkspace,
  type SessionNeeded,
  switchWorkspace,
  type WorkspaceNotChosen,
} from './planes.js';
import { createReview, type NewReview } from './reviews.js';
import { settingsView } from './summaries.js';
import type {
  OnboardingView,
  Ordered,
  PackDownload,
  PackView,
  PlatformUser,
  SettingsSummaryView,
  SystemWorkspaceView,
  WorkspaceMember,
} from './views.js';
import { WRITE_PACK_JOB, writePack } from './write-pack.js';

export type { InvalidState, RecordExists } from './commercial.js';
export type { WorkspacesDeps, WorkspacesSettings } from './deps.js';
export type { InvalidOrder, PackCommand } from './pack-command.js';
export type { PackNotReady } from './packs.js';
export type { SessionNeeded, WorkspaceNotChosen } from './planes.js';
export type { NewReview } from './reviews.js';

type Gated = Forbidden | NotEntitled | LifecycleBlocked | Unavailable;

/** What workspaces can do: for the platform, and for those at work in them. */
export type Workspaces = {
  /** Into the platform's plane; not found for whoever has no part in it. */
  readonly enterSystem: (caller: Caller) => ResultAsync<PlatformUser, NotFound | Unavailable>;
  /**
   * Into the workspace that the session is in, or else the only one its user has. Not found: they have none, or are
   * no member of the one they are in (any more).
   */
  readonly enterWorkspace: (
    caller: Caller,
  ) => ResultAsync<WorkspaceMember, NotFound | WorkspaceNotChosen | Unavailable>;
  /** Those that the user is a member of, oldest first. */
  readonly workspacesOf: (
    caller: Caller,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Workspace, string>, Unavailable>;
  /** From here on the session is in this workspace. */
  readonly switchWorkspace: (
    caller: Caller,
    number: number,
  ) => ResultAsync<Workspace, NotFound | SessionNeeded | Unavailable>;

  /** All workspaces, oldest first. */
  readonly directory: (
    user: PlatformUser,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Workspace, string>, Unavailable>;
  readonly subscriptionView: (
    number: number,
    user: PlatformUser,
  ) => ResultAsync<SystemWorkspaceView, NotFound | Unavailable>;
  /** `expected`: the version that the operator has seen, 0 when there was no record; compared when given. */
  readonly updateSubscriptionTruth: (
    number: number,
    command: TruthCommand & { readonly expected?: number | undefined },
    user: PlatformUser,
  ) => ResultAsync<SystemWorkspaceView, NotFound | Forbidden | InvalidTruth | StaleVersion | Unavailable>;
  readonly changeCommercialState: (
    number: number,
    input: { readonly state: string; readonly reason: string; readonly expected?: number | undefined },
    user: PlatformUser,
  ) => ResultAsync<
    SystemWorkspaceView,
    NotFound | Forbidden | InvalidState | RecordExists | StaleVersion | Unavailable
  >;

  readonly settingsSummary: (member: WorkspaceMember) => ResultAsync<SettingsSummaryView, Unavailable>;
  /** The draft of the workspace that the member is in. */
  readonly currentDraft: (member: WorkspaceMember) => ResultAsync<OnboardingDraft, NotFound | Unavailable>;
  readonly onboardingView: (
    draft: number,
    member: WorkspaceMember,
  ) => ResultAsync<OnboardingView, NotFound | Unavailable>;
  /** Once: completing it again answers what stands. */
  readonly completeOnboarding: (
    draft: number,
    member: WorkspaceMember,
  ) => ResultAsync<OnboardingDraft, NotFound | StaleVersion | Gated>;

  readonly createReview: (
    input: NewReview,
    member: WorkspaceMember,
  ) => ResultAsync<TenantReview, Forbidden | InvalidOrder | NotFound | Unavailable>;
  /** Newest first. */
  readonly listReviews: (
    member: WorkspaceMember,
    page: PageRequest<string>,
  ) => ResultAsync<Page<TenantReview, string>, Unavailable>;
  readonly getReview: (
    review: number,
    member: WorkspaceMember,
  ) => ResultAsync<TenantReview, NotFound | Unavailable>;

  /** One that is under way, or was made of the same within the hour, is answered again. */
  readonly generateReviewPack: (
    command: PackCommand,
    member: WorkspaceMember,
  ) => ResultAsync<Ordered, InvalidOrder | NotFound | Gated>;
  /** The same for one review: its period is the pack's. */
  readonly exportExecutivePack: (
    review: number,
    member: WorkspaceMember,
  ) => ResultAsync<Ordered, NotFound | Gated>;
  /** Anew, unless one like it is under way. */
  readonly regenerate: (pack: number, member: WorkspaceMember) => ResultAsync<Ordered, NotFound | Gated>;
  readonly getPack: (pack: number, member: WorkspaceMember) => ResultAsync<PackView, NotFound | Unavailable>;
  /** Newest first. */
  readonly listPacks: (
    member: WorkspaceMember,
    page: PageRequest<string>,
  ) => ResultAsync<Page<PackView, string>, Unavailable>;
  readonly packDownload: (
    pack: number,
    member: WorkspaceMember,
  ) => ResultAsync<PackDownload, NotFound | PackAltered | PackNotReady | Unavailable>;

  readonly jobs: Readonly<Record<string, JobHandler>>;
};

/** TenantPilot's side of entitlements: workspaces, what is asserted of them, and what hangs on that. */
export const workspaces = (deps: WorkspacesDeps): Workspaces => ({
  enterSystem: enterSystem(deps),
  enterWorkspace: enterWorkspace(deps),
  workspacesOf: ({ userId }, page) => deps.readers.ofUser(userId, page),
  switchWorkspace: switchWorkspace(deps),
  directory: (_user, page) => deps.readers.all(page),
  subscriptionView: subscriptionView(deps),
  updateSubscriptionTruth: updateSubscriptionTruth(deps),
  changeCommercialState: changeCommercialState(deps),
  settingsSummary: ({ workspace, at }) =>
    deps.readers.standing(workspace.accountId).map((standing) => settingsView(workspace, standing, at)),
  currentDraft: ({ accountId }) => deps.readers.draftOf(accountId),
  onboardingView: onboardingView(deps),
  completeOnboarding: completeOnboarding(deps),
  createReview: createReview(deps),
  listReviews: ({ accountId }, page) => deps.readers.reviewsOf(accountId, page),
  getReview: (number, { accountId }) => deps.readers.review(accountId, number),
  generateReviewPack: generateReviewPack(deps),
  exportExecutivePack: exportExecutivePack(deps),
  regenerate: regenerate(deps),
  getPack: (number, { accountId }) => deps.readers.pack(accountId, number),
  listPacks: ({ accountId }, page) => deps.readers.packsOf(accountId, page),
  packDownload: packDownload(deps),
  jobs: { [WRITE_PACK_JOB]: writePack(deps) },
});
