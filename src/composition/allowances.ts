import { type Allowance, WARN_PERCENT } from '../domain/entitlements/allowance.js';
import { HELD, type HeldFeature } from '../domain/entitlements/feature.js';
import { GATED } from '../domain/entitlements/gate.js';
import { upTo } from '../domain/entitlements/quota.js';
import type { Config } from './config.js';
import { PAID_INSTANCES } from './entitled.js';

/** What an account may hold of each where neither its plan nor an override says so. */
export type HeldLimits = { readonly [Feature in HeldFeature]?: number | undefined };

/** As the operator's settings have it. */
export const heldLimitsOf = (config: Config): HeldLimits => ({
  buckets: config.QUOTA_BUCKETS,
  connections: config.QUOTA_CONNECTIONS,
  members: config.QUOTA_MEMBERS,
  file_systems: config.QUOTA_FILE_SYSTEMS,
  gateways: config.QUOTA_GATEWAYS,
  running_file_systems: config.QUOTA_RUNNING_FILE_SYSTEMS,
  api_keys: config.QUOTA_API_KEYS,
  storage_bytes: config.QUOTA_STORAGE_BYTES,
  objects: config.QUOTA_OBJECTS,
});

/** What organizations are shown of each day: counted for all of them, and limited where a plan says so. */
const SHOWN_DAILY = ['tokens_issued', 'credentials_generated', 'agents_registered', 'api_calls'];
const COUNTED: Allowance = { window: 'day', soft: false, warnPercent: WARN_PERCENT };

/** What every workspace may do, unless its plan or an override says otherwise. */
const HAD: Allowance = { granted: true, window: 'lifetime', soft: false, warnPercent: WARN_PERCENT };

/** What no setting limits may be had without end. */
export const fallbacksOf = (
  limits: HeldLimits,
  { PAID_INSTANCES_WITHOUT_PLAN: granted }: Pick<Config, 'PAID_INSTANCES_WITHOUT_PLAN'>,
): ReadonlyMap<string, Allowance> =>
  new Map([
    ...HELD.map((feature) => [feature, upTo(limits[feature])] as const),
    ...SHOWN_DAILY.map((feature) => [feature, COUNTED] as const),
    ...GATED.map((feature) => [feature, HAD] as const),
    [PAID_INSTANCES, { granted, window: 'lifetime', soft: false, warnPercent: WARN_PERCENT }] as const,
  ]);
