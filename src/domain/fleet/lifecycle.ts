import type { Instant } from '../shared/time.js';
import type { FileSystem, FileSystemPhase, FleetStatus } from './file-system.js';
import type { Gateway, GatewayPhase } from './gateway.js';

/**
 * What may happen to a file system or a gateway, and the status it has then. `queue`: it is to run, and nothing is
 * there yet. `serve`: it is seen to run. `lose`: what ran is gone, and comes back. `leave`: it lets go of its
 * gateway. `rest`: nothing of it runs. `fail`: somebody has to decide. `delete`: it goes.
 */
export type FleetAction = 'queue' | 'serve' | 'lose' | 'leave' | 'rest' | 'fail' | 'delete';

/** The whole lifecycle of both; an action that is not named cannot happen. */
export const lifecycle = {
  pending: {
    queue: 'pending',
    serve: 'running',
    leave: 'scaling',
    rest: 'stopped',
    fail: 'failed',
    delete: 'terminating',
  },
  running: {
    serve: 'running',
    lose: 'scaling',
    leave: 'scaling',
    rest: 'stopped',
    fail: 'failed',
    delete: 'terminating',
  },
  scaling: {
    serve: 'running',
    lose: 'scaling',
    leave: 'scaling',
    rest: 'stopped',
    fail: 'failed',
    delete: 'terminating',
  },
  stopped: {
    queue: 'pending',
    serve: 'running',
    lose: 'scaling',
    leave: 'scaling',
    rest: 'stopped',
    fail: 'failed',
    delete: 'terminating',
  },
  failed: { queue: 'pending', lose: 'scaling', leave: 'scaling', delete: 'terminating' },
  terminating: { delete: 'terminating', fail: 'failed' },
} as const satisfies Record<FleetStatus, Partial<Record<FleetAction, FleetStatus>>>;

/** The phases that a file system goes through within each status. `deleted` is a tombstone no reader finds. */
export const fileSystemPhases = {
  pending: ['queued', 'provisioning', 'booting', 'exporting', 'draining', 'stopping'],
  running: ['healthy', 'preloading', 'degraded', 'draining', 'stopping'],
  scaling: ['queued', 'provisioning', 'booting', 'exporting', 'draining', 'stopping'],
  terminating: ['terminating', 'draining', 'discarding', 'stopping', 'deleted'],
  stopped: ['stopped', 'detached'],
  failed: ['failed'],
} as const satisfies Record<FleetStatus, readonly FileSystemPhase[]>;

/** The same for gateways. */
export const gatewayPhases = {
  pending: ['queued', 'provisioning', 'booting', 'stopping'],
  running: ['ready', 'degraded', 'draining', 'stopping'],
  scaling: ['replacing', 'provisioning', 'booting', 'stopping'],
  terminating: ['terminating', 'deleted'],
  stopped: ['stopped'],
  failed: ['failed'],
} as const satisfies Record<FleetStatus, readonly GatewayPhase[]>;

/** The status after an action, or undefined where it cannot happen. */
export const statusAfter = (status: FleetStatus, action: FleetAction): FleetStatus | undefined => {
  const actions: Partial<Record<FleetAction, FleetStatus>> = lifecycle[status];
  return actions[action];
};

type Movable<Phase> = {
  readonly id: string;
  readonly status: FleetStatus;
  readonly phase: Phase;
  readonly reason?: string | undefined;
  readonly updatedAt: Instant;
};

const moveWithin =
  <Phase extends string>(phases: Readonly<Record<FleetStatus, readonly Phase[]>>) =>
  <T extends Movable<Phase>>(
    thing: T,
    action: FleetAction,
    to: { readonly phase: Phase; readonly at: Instant; readonly reason?: string | undefined },
  ): T => {
    const { phase, at, reason } = to;
    const status = statusAfter(thing.status, action);
    if (status === undefined || !phases[status].includes(phase))
      throw new Error(`${thing.id}: no ${action} to ${phase} while ${thing.status}/${thing.phase}`);
    const same = status === thing.status && phase === thing.phase && reason === thing.reason;
    return same ? thing : { ...thing, status, phase, reason, updatedAt: at };
  };

type FileSystemMove = (
  fileSystem: FileSystem,
  action: FleetAction,
  to: { readonly phase: FileSystemPhase; readonly at: Instant; readonly reason?: string | undefined },
) => FileSystem;
type GatewayMove = (
  gateway: Gateway,
  action: FleetAction,
  to: { readonly phase: GatewayPhase; readonly at: Instant; readonly reason?: string | undefined },
) => Gateway;

/** One step of its lifecycle; a step that is not in the tables is a defect. Nothing changed: the same object. */
export const moveFileSystem: FileSystemMove = moveWithin<FileSystemPhase>(fileSystemPhases);
/** The same for gateways. */
export const moveGateway: GatewayMove = moveWithin<GatewayPhase>(gatewayPhases);
