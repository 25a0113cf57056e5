import type { Allowance } from '../../../domain/entitlements/allowance.js';
import type { PackShelf } from '../../../ports/entitlements/pack-shelf.js';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import type { WorkspaceReaders, WorkspacesUnitOfWork } from '../../../ports/entitlements/workspaces.js';
import type { AuditTrail } from '../../../ports/shared/audit-trail.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Digest } from '../../../ports/shared/digest.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { Entitlements } from '../index.js';

export type WorkspacesSettings = {
  /** By key of the feature: what accounts may have where neither a plan nor an override says anything. */
  readonly fallbacks: ReadonlyMap<string, Allowance>;
};

/** What the use cases of workspaces ask of the world. */
export type WorkspacesDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly digest: Digest;
  readonly workspaces: WorkspacesUnitOfWork;
  readonly readers: WorkspaceReaders;
  readonly usage: Pick<EntitlementReaders, 'records' | 'recordsWithin'>;
  readonly auditTrail: AuditTrail;
  readonly shelf: PackShelf;
  /** All that an account may have, as packs tell it. */
  readonly entitlements: Pick<Entitlements, 'entitlementsOf'>;
  readonly settings: WorkspacesSettings;
};
