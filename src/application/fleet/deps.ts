import type { Deployment } from '../../ports/fleet/deployment.js';
import type { FleetEntitlements } from '../../ports/fleet/entitlements.js';
import type { Providers } from '../../ports/fleet/providers.js';
import type { PublicFileSystems } from '../../ports/fleet/public-file-systems.js';
import type { Sources } from '../../ports/fleet/sources.js';
import type {
  EventFeed,
  FleetReaders,
  FleetUnitOfWork,
  GatewayLeases,
} from '../../ports/fleet/unit-of-work.js';
import type { AccountKeys } from '../../ports/shared/account-keys.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Digest } from '../../ports/shared/digest.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Pause } from '../../ports/shared/pause.js';
import type { Random } from '../../ports/shared/random.js';
import type { Sealer } from '../../ports/shared/sealer.js';

export type FleetSettings = {
  /** Names the host of this process, among all that share the database. */
  readonly hostId: string;
  /** The currency of the price book, in which instance types have their prices. */
  readonly currency: string;
};

/** What the use cases of the fleet ask of the world. */
export type FleetDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly digest: Digest;
  readonly pause: Pause;
  readonly sealer: Sealer;
  readonly accountKeys: AccountKeys;
  readonly fleet: FleetUnitOfWork;
  readonly readers: FleetReaders;
  readonly leases: GatewayLeases;
  readonly feed: EventFeed;
  readonly providers: Providers;
  readonly sources: Sources;
  readonly entitlements: FleetEntitlements;
  readonly deployment: Deployment;
  readonly publicFileSystems: PublicFileSystems;
  readonly settings: FleetSettings;
};
