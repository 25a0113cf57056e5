import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';
import type { DesiredStatus, FleetStatus } from './file-system.js';

/** Who runs instances. `memory` stands in for any of them in tests. */
export const GATEWAY_PROVIDERS = ['aws', 'gcp', 'local'] as const;
export type GatewayProvider = (typeof GATEWAY_PROVIDERS)[number];

export type GatewayPhase =
  | 'queued'
  | 'provisioning'
  | 'booting'
  | 'ready'
  | 'degraded'
  | 'draining'
  | 'stopping'
  | 'stopped'
  | 'replacing'
  | 'terminating'
  | 'failed'
  | 'deleted';

/** An instance that serves file systems: what is wanted of it, and what was last seen of it. */
export type Gateway = {
  readonly id: string;
  /** Also the `seq` of its latest event. */
  readonly version: number;
  readonly accountId: AccountId;
  readonly provider: GatewayProvider;
  readonly region: string;
  /** The instance type's name. */
  readonly type: string;
  /** Made for one file system: it goes when the last one leaves it. */
  readonly auto: boolean;
  readonly desired: DesiredStatus;
  readonly status: FleetStatus;
  readonly phase: GatewayPhase;
  readonly reason?: string | undefined;
  /** Written down before the provider's first call, so that an instance made and not recorded is found again. */
  readonly provisionToken?: string | undefined;
  /** The provider's name of the instance. */
  readonly ref?: string | undefined;
  /** The host whose processes serve it; only that host touches it. Undefined: no provider of hosts, or not placed. */
  readonly hostId?: string | undefined;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
