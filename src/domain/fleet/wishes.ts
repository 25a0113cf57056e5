import type { Instant } from '../shared/time.js';
import type { DesiredStatus, FileSystem } from './file-system.js';
import type { Gateway } from './gateway.js';
import { moveFileSystem, moveGateway } from './lifecycle.js';

/**
 * Whether an instance may hold bytes of it that are not in the bucket. Only what was drained to nothing (`stopping`,
 * and `stopped` after it) or was never served is known to owe none; and what was given up is owed to nobody.
 */
export const owes = ({ phase, served, status }: FileSystem): boolean =>
  phase !== 'stopping' &&
  phase !== 'discarding' &&
  phase !== 'deleted' &&
  (served !== undefined || phase === 'draining' || status === 'scaling' || status === 'failed');

/** It lets go of its gateway: `scaling` without the wish to run, and on its way down. */
export const isLeaving = ({ status, phase, desired }: FileSystem): boolean =>
  status === 'scaling' && desired === 'stopped' && (phase === 'draining' || phase === 'stopping');

const down = (fileSystem: FileSystem) => (owes(fileSystem) ? ('draining' as const) : ('stopping' as const));

/**
 * The owner's wish; the world follows later. What failed begins anew, on the instance that there is: `ref` says
 * that there is one.
 */
export const wish = (
  fileSystem: FileSystem,
  desired: DesiredStatus,
  gateway: Pick<Gateway, 'ref'> | undefined,
  at: Instant,
): FileSystem => {
  const { status } = fileSystem;
  const wished = fileSystem.desired === desired ? fileSystem : { ...fileSystem, desired, updatedAt: at };
  if (status === 'failed')
    return moveFileSystem(wished, gateway?.ref === undefined ? 'queue' : 'lose', { phase: 'queued', at });
  return status === 'stopped' && desired === 'running'
    ? moveFileSystem(wished, 'queue', { phase: 'queued', at })
    : wished;
};

/** It goes. What its instance may still hold is drained first. */
export const remove = (fileSystem: FileSystem, at: Instant): FileSystem =>
  fileSystem.status === 'terminating'
    ? fileSystem
    : moveFileSystem({ ...fileSystem, desired: 'stopped' }, 'delete', {
        phase: owes(fileSystem) ? 'draining' : 'terminating',
        at,
      });

/** It goes at once, and what its instance holds of it is given up. */
export const discard = (fileSystem: FileSystem, at: Instant): FileSystem =>
  moveFileSystem({ ...fileSystem, desired: 'stopped' }, 'delete', { phase: 'discarding', at });

/** It lets go of its gateway. Repeated, or on its way out altogether: as it was. */
export const leave = (fileSystem: FileSystem, at: Instant): FileSystem =>
  fileSystem.status === 'terminating' || isLeaving(fileSystem)
    ? fileSystem
    : moveFileSystem({ ...fileSystem, desired: 'stopped' }, 'leave', { phase: down(fileSystem), at });

/** It is served by this gateway from now on, on the gateway's terms. */
export const join = (fileSystem: FileSystem, gateway: Gateway, at: Instant): FileSystem => ({
  ...moveFileSystem(fileSystem, 'queue', { phase: 'queued', at }),
  desired: 'running',
  gatewayId: gateway.id,
  region: gateway.region,
  instanceType: gateway.type,
});

const wantsService = ({ desired, status }: FileSystem): boolean =>
  desired === 'running' && status !== 'terminating' && status !== 'failed';

/**
 * The gateway, after its owner changed a wish about one of its file systems. One made for a file system runs when
 * that is to run; any that failed tries again.
 */
export const mirrored = (gateway: Gateway, fileSystems: readonly FileSystem[], at: Instant): Gateway => {
  if (gateway.status === 'terminating') return gateway;
  const wanted = fileSystems.some(wantsService);
  const desired: DesiredStatus = !gateway.auto || wanted ? 'running' : 'stopped';
  const wished: Gateway = gateway.desired === desired ? gateway : { ...gateway, desired, updatedAt: at };
  const toBegin =
    gateway.status === 'failed' ? fileSystems.some(isLive) : gateway.status === 'stopped' && wanted;
  return toBegin ? begun(wished, at) : wished;
};

/** From nothing, or on the instance that there is. */
const begun = (gateway: Gateway, at: Instant): Gateway =>
  gateway.ref === undefined
    ? moveGateway(gateway, 'queue', { phase: 'queued', at })
    : moveGateway(gateway, 'lose', { phase: 'booting', at });

const isLive = ({ status }: FileSystem): boolean => status !== 'failed';

/** One made for a file system goes when no file system is left on it. */
export const abandoned = (gateway: Gateway, left: readonly FileSystem[], at: Instant): Gateway =>
  gateway.auto && left.length === 0 ? removeGateway(gateway, at) : gateway;

/** The gateway goes. */
export const removeGateway = (gateway: Gateway, at: Instant): Gateway =>
  gateway.status === 'terminating'
    ? gateway
    : moveGateway({ ...gateway, desired: 'stopped' }, 'delete', { phase: 'terminating', at });
