import type { AccountId, UserId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** An account as the contract of workspaces knows it: by a number. */
export type Workspace = { readonly accountId: AccountId; readonly number: number; readonly name: string };

/** What one may do who looks after all workspaces: find them, and say how they stand. */
export type PlatformCapability = 'directory' | 'commercial';

/** The capabilities of a user of the platform; none: they have no part in it. */
export const capabilitiesOf = (user: {
  readonly platformAdmin: boolean;
  readonly platformViewer?: boolean | undefined;
}): readonly PlatformCapability[] => {
  if (user.platformAdmin) return ['directory', 'commercial'];
  return user.platformViewer === true ? ['directory'] : [];
};

/** The first steps in a workspace; there is one draft for each, made with it. */
export type OnboardingDraft = {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  readonly accountId: AccountId;
  readonly createdAt: Instant;
  readonly completed?: { readonly at: Instant; readonly by: UserId } | undefined;
};

/** A look back at a stretch of time, which an executive pack is about. */
export type TenantReview = {
  readonly id: string;
  readonly number: number;
  readonly accountId: AccountId;
  readonly title: string;
  readonly note?: string | undefined;
  readonly from: Instant;
  readonly to: Instant;
  readonly createdAt: Instant;
  readonly createdBy: UserId;
};
