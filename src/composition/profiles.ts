import { hostname } from 'node:os';
import { join } from 'node:path';
import { Container, ContainerModule } from 'inversify';
import type { Knex } from 'knex';
import { type Blobs, blobObjects } from '../adapters/blobs/blob-objects.js';
import { knexDeployment } from '../adapters/knex/fleet/deployment.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIds } from '../adapters/system/ids.js';
import type { KeyRing } from '../adapters/system/key-ring.js';
import { processLimits } from '../adapters/system/process-limits.js';
import { PLATFORM } from '../domain/billing/seller.js';
import type { AccountId } from '../domain/shared/ids.js';
import { HOUR } from '../domain/shared/time.js';
import type { Providers } from '../ports/fleet/providers.js';
import { fallbacksOf, type HeldLimits, heldLimitsOf } from './allowances.js';
import type { Config } from './config.js';
import { gatewayReachOf } from './gateway-reach.js';
import { type Identity, identityOf } from './identity.js';
import {
  accountsModule,
  billingModule,
  entitlementsModule,
  fleetModule,
  journalsModule,
  meteringModule,
  storageModule,
} from './modules/contexts.js';
import { emailModule } from './modules/email.js';
import { fleetPortsModule } from './modules/fleet.js';
import { knexModule } from './modules/knex.js';
import { paymentsModule } from './modules/payments.js';
import { storesModules } from './modules/stores.js';
import { systemModule } from './modules/system.js';
import { workspacesModule } from './modules/workspaces.js';
import { providersOf } from './providers.js';
import { ports } from './tokens.js';

const SESSION_LIFETIME = 12 * HOUR;
const CREATE_DEADLINE = 5_000;
/** Bytes; ADR 13. */
const SMALL_BELOW = 4_096;

/** The embedded object store of this process. */
export const blobsOf = (config: Config, db: Knex): Blobs =>
  blobObjects({
    db,
    directory: join(config.dataDir, 'objects'),
    host: hostname(),
    freeSpaceFloor: config.FREE_SPACE_FLOOR,
    smallBelow: SMALL_BELOW,
    clock: systemClock,
    ids: systemIds,
  });

type ContextOptions = {
  readonly baseUrl: string;
  readonly hostId: string;
  /** Where this host's server listens, once it does. */
  readonly port?: () => number;
  /** Of these, instead of what the settings say. */
  readonly held?: HeldLimits;
};

/** Settings, as the contexts want them. */
export const contextModules = (
  config: Config,
  { baseUrl, hostId, port = () => config.PORT, held }: ContextOptions,
): readonly ContainerModule[] => {
  const fallbacks = fallbacksOf({ ...heldLimitsOf(config), ...held }, config);
  return [
    accountsModule({ registration: config.REGISTRATION, baseUrl, sessionLifetime: SESSION_LIFETIME }),
    storageModule({
      maxObjectBytes: config.MAX_OBJECT_BYTES,
      regions: [config.managed.region ?? config.STORAGE_REGION],
      createDeadline: CREATE_DEADLINE,
      plainHttp: config.OUTBOUND_ALLOW.length > 0,
      reach: { endpoint: config.managed.endpoint ?? `${baseUrl}/s3`, keys: config.managed.keys },
      gatewayReach: gatewayReachOf(config, port),
      linkBase: `${baseUrl}/v1/links/`,
    }),
    journalsModule,
    meteringModule({ fallbacks }),
    fleetModule({ hostId, currency: config.PRICE_CURRENCY }),
    billingModule({
      storage: { micros: config.PRICE_STORAGE_GB_DAY, currency: config.PRICE_CURRENCY },
      // Our own pages are where payers come from.
      redirectHosts:
        config.ALLOWED_REDIRECT_HOSTS.length > 0
          ? [...config.ALLOWED_REDIRECT_HOSTS, new URL(baseUrl).hostname]
          : undefined,
      publishedBaseUrl: baseUrl,
      upgradePriceId: config.SENTRYAGENT_PRICE_ID,
    }),
    workspacesModule({ fallbacks }),
    entitlementsModule({ fallbacks, platform: PLATFORM as string as AccountId }),
  ];
};

/**
 * How often one caller may ask is counted in this process: it guards the process, and nothing that
 * is created, charged or revealed hangs on it.
 */
export const limitsModule = (config: Pick<Config, 'REQUESTS_PER_MINUTE'>) =>
  new ContainerModule(({ bind }) => {
    const limits = { requests: { points: config.REQUESTS_PER_MINUTE, windowSeconds: 60 } };
    bind(ports.requestLimits).toConstantValue(processLimits(limits));
  });

type Parts = {
  readonly db: Knex;
  readonly ring: KeyRing;
  readonly blobs: Blobs;
  readonly baseUrl: string;
  readonly port?: () => number;
  readonly identity?: Identity;
  /** Absent in a process that touches no gateway. */
  readonly providers?: Providers;
};

/** Demo and live alike: PostgreSQL, files, this machine. What differs is in the configuration. */
export const processContainer = (config: Config, parts: Parts) => {
  const { hostId, deploymentId } = parts.identity ?? identityOf(config);
  const container = new Container();
  container.load(
    systemModule(parts.ring),
    emailModule(config),
    limitsModule(config),
    knexModule(parts.db, heldLimitsOf(config)),
    ...storesModules(config, parts.blobs),
    paymentsModule(config),
    fleetPortsModule({
      providers: parts.providers ?? providersOf([]),
      deployment: knexDeployment(parts.db, deploymentId),
    }),
    ...contextModules(config, { ...parts, hostId }),
  );
  return container;
};
