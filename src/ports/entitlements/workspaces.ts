import type { ResultAsync } from 'neverthrow';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../domain/entitlements/lifecycle.js';
import type { OperationRun, PackKind, ReviewPack } from '../../domain/entitlements/pack.js';
import type { OnboardingDraft, TenantReview, Workspace } from '../../domain/entitlements/workspace.js';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Role } from '../../domain/shared/principal.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';
import type { EntitlementReaders } from './unit-of-work.js';

/** What is said of a workspace's commercial standing, by whom it may be said. */
export type Standing = {
  readonly subscription?: WorkspaceSubscription | undefined;
  readonly setting?: WorkspaceSetting | undefined;
};

/** With the workspace, and the address of whoever said it last. */
export type WorkspaceStanding = Standing & {
  readonly workspace: Workspace;
  readonly changedByEmail?: string | undefined;
};

/** What somebody asserts of workspaces; each has one record and one setting at most. */
export type Truth = {
  readonly of: (account: AccountId) => ResultAsync<Standing, Unavailable>;
  /** Compare-and-set: version 1 where there is no record, each other one in place of the version before it. */
  readonly assert: (
    account: AccountId,
    subscription: WorkspaceSubscription,
  ) => ResultAsync<void, StaleVersion | Unavailable>;
  /** The same for what is set. */
  readonly set: (
    account: AccountId,
    setting: WorkspaceSetting,
  ) => ResultAsync<void, StaleVersion | Unavailable>;
};

/** Every call is scoped by account; the draft itself is made with its account. */
export type OnboardingDrafts = {
  readonly get: (account: AccountId, number: number) => ResultAsync<OnboardingDraft, NotFound | Unavailable>;
  /** Compare-and-set by version. */
  readonly save: (draft: OnboardingDraft) => ResultAsync<OnboardingDraft, StaleVersion | Unavailable>;
};

export type TenantReviews = {
  /** Answers it with its number. */
  readonly add: (review: Omit<TenantReview, 'number'>) => ResultAsync<TenantReview, Unavailable>;
};

export type PackWithRun = { readonly pack: ReviewPack; readonly run: OperationRun };

/** What a pack is of: its kind, and the review it is about. */
export type PackSubject = {
  readonly accountId: AccountId;
  readonly kind: PackKind;
  readonly reviewNumber?: number | undefined;
};

/** Packs, each with its run; both change together. */
export type ReviewPacks = {
  readonly get: (account: AccountId, number: number) => ResultAsync<PackWithRun, NotFound | Unavailable>;
  readonly byId: (account: AccountId, id: string) => ResultAsync<PackWithRun, NotFound | Unavailable>;
  /** The one of this subject that is queued or running. */
  readonly underWay: (subject: PackSubject) => ResultAsync<PackWithRun | undefined, Unavailable>;
  /** The newest of this subject that is ready and was made of these inputs. */
  readonly made: (
    subject: PackSubject,
    fingerprint: string,
  ) => ResultAsync<PackWithRun | undefined, Unavailable>;
  /**
   * Answers both with their numbers. Of two units that add one of the same subject the second begins again, and finds
   * the first one's under way.
   */
  readonly add: (
    pack: Omit<ReviewPack, 'number'>,
    run: Omit<OperationRun, 'number'>,
  ) => ResultAsync<PackWithRun, Unavailable>;
  /** Compare-and-set by the pack's version; the run has none of its own to compare. */
  readonly save: (both: PackWithRun) => ResultAsync<PackWithRun, StaleVersion | Unavailable>;
};

export type WorkspacesTx = SharedTx & {
  readonly truth: Truth;
  readonly drafts: OnboardingDrafts;
  readonly reviews: TenantReviews;
  readonly packs: ReviewPacks;
  /** From here on the session is in this workspace. */
  readonly enter: (sessionId: string, account: AccountId) => ResultAsync<void, Unavailable>;
  /** As they stand in this unit. */
  readonly facts: EntitlementReaders['facts'];
};
export type WorkspacesUnitOfWork = UnitOfWork<WorkspacesTx>;

/** Somebody's place in a workspace. */
export type WorkspacePlace = { readonly workspace: Workspace; readonly role: Role };

/** Read models of what lies in one workspace: committed rows, newest state. */
export type WorkspaceContents = {
  readonly standing: (account: AccountId) => ResultAsync<Standing, Unavailable>;
  /** The account's only one. */
  readonly draftOf: (account: AccountId) => ResultAsync<OnboardingDraft, NotFound | Unavailable>;
  readonly draft: (
    account: AccountId,
    number: number,
  ) => ResultAsync<OnboardingDraft, NotFound | Unavailable>;
  readonly review: (account: AccountId, number: number) => ResultAsync<TenantReview, NotFound | Unavailable>;
  /** Newest first, as packs are. */
  readonly reviewsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<TenantReview, string>, Unavailable>;
  readonly pack: (account: AccountId, number: number) => ResultAsync<PackWithRun, NotFound | Unavailable>;
  readonly packsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<PackWithRun, string>, Unavailable>;
};

/** Read models: committed rows, newest state. Workspaces are live platform accounts; no others are found. */
export type WorkspaceReaders = WorkspaceContents & {
  /** May look at all workspaces, and no more. */
  readonly isPlatformViewer: (user: UserId) => ResultAsync<boolean, Unavailable>;
  /**
   * The workspace that the user's session is in, if they are a member of it; of a session that is in none, the first
   * two they are a member of.
   */
  readonly placesOf: (user: UserId, sessionId: string) => ResultAsync<readonly WorkspacePlace[], Unavailable>;
  /** Those that the user is a member of, oldest first. */
  readonly ofUser: (
    user: UserId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Workspace, string>, Unavailable>;
  /** The one of this number, if the user is a member of it. */
  readonly ofMember: (user: UserId, number: number) => ResultAsync<Workspace, NotFound | Unavailable>;
  /** All, oldest first. */
  readonly all: (page: PageRequest<string>) => ResultAsync<Page<Workspace, string>, Unavailable>;
  readonly byNumber: (number: number) => ResultAsync<WorkspaceStanding, NotFound | Unavailable>;
  readonly byAccount: (account: AccountId) => ResultAsync<Workspace, NotFound | Unavailable>;
};
