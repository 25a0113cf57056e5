import type { Instant } from '../shared/time.js';
import type { FileSystem } from './file-system.js';
import type { Gateway, GatewayPhase } from './gateway.js';
import { moveGateway } from './lifecycle.js';
import { reflectFileSystem } from './reflect-file-system.js';
import { abandoned } from './wishes.js';
import { holdsUp, isGone, isWanted, type World } from './world.js';

export type Rows = { readonly gateway: Gateway; readonly fileSystems: readonly FileSystem[] };

type Seen = Rows & { readonly world: World };

const bare = (gateway: Gateway): Gateway => ({ ...gateway, provisionToken: undefined, ref: undefined });

/** What ran is gone, or what was to run is not there yet. */
const waiting = (gateway: Gateway, phase: GatewayPhase, at: Instant): Gateway =>
  moveGateway(gateway, gateway.status === 'pending' ? 'queue' : 'lose', { phase, at });

const resting = (gateway: Gateway, at: Instant): Gateway =>
  moveGateway(gateway, 'rest', { phase: 'stopped', at });

const runningPhase = ({ gateway, fileSystems }: Seen): GatewayPhase => {
  if (!isWanted(gateway)) return 'draining';
  return fileSystems.some(({ phase }) => phase === 'degraded') ? 'degraded' : 'ready';
};

const absent = ({ gateway, world }: Seen): Gateway => {
  const { at, instance } = world;
  if (!isWanted(gateway)) return resting(instance.state === 'gone' ? bare(gateway) : gateway, at);
  if (instance.state !== 'gone') return gateway;
  return waiting(bare(gateway), gateway.status === 'pending' ? 'provisioning' : 'replacing', at);
};

const stopped = (seen: Seen): Gateway => {
  const { gateway, fileSystems, world } = seen;
  const up = isWanted(gateway) || fileSystems.some((one) => holdsUp(one, world));
  return up ? waiting(gateway, 'booting', world.at) : resting(gateway, world.at);
};

const alive = (seen: Seen): Gateway => {
  const { gateway, world } = seen;
  const { at, instance } = world;
  switch (instance.state) {
    case 'running':
      return moveGateway(gateway, 'serve', { phase: runningPhase(seen), at });
    case 'stopping':
      return gateway.status === 'stopped' ? gateway : stoppingOf(gateway, at);
    case 'missing':
      return gateway.status === 'stopped' ? gateway : waiting(gateway, 'booting', at);
    case 'hidden':
    case 'starting':
      return waiting(gateway, 'booting', at);
    case 'stopped':
    case 'failed':
      return stopped(seen);
    case 'none':
    case 'unmade':
    case 'gone':
      return absent(seen);
  }
};

const stoppingOf = (gateway: Gateway, at: Instant): Gateway => {
  const action = { pending: 'queue', running: 'serve', scaling: 'lose' } as const;
  const { status } = gateway;
  return status === 'pending' || status === 'running' || status === 'scaling'
    ? moveGateway(gateway, action[status], { phase: 'stopping', at })
    : gateway;
};

const dying = ({ gateway, fileSystems, world }: Seen): Gateway => {
  const over = isGone(world.instance) && fileSystems.length === 0;
  return over ? moveGateway(gateway, 'delete', { phase: 'deleted', at: world.at }) : gateway;
};

const reflectGateway = (seen: Seen): Gateway => {
  const { gateway, world } = seen;
  const { impossible: reason, instance, at } = world;
  const known =
    'ref' in instance && gateway.ref !== instance.ref ? { ...gateway, ref: instance.ref } : gateway;
  if (known.status === 'failed') return known;
  if (reason !== undefined) return moveGateway(known, 'fail', { phase: 'failed', at, reason });
  return known.status === 'terminating'
    ? dying({ ...seen, gateway: known })
    : alive({ ...seen, gateway: known });
};

/** The file systems that are still the gateway's: neither let go nor gone. */
export const leftOn = ({ gateway, fileSystems }: Rows): readonly FileSystem[] =>
  fileSystems.filter(({ gatewayId, phase }) => gatewayId === gateway.id && phase !== 'deleted');

/** All rows of a gateway, as the world is. A pure function: reflected twice is reflected once. */
export const reflect = ({ gateway, fileSystems }: Rows, world: World): Rows => {
  const after = fileSystems.map((one) => reflectFileSystem(one, world));
  const left = leftOn({ gateway, fileSystems: after });
  const owner = abandoned(gateway, left, world.at);
  return { gateway: reflectGateway({ gateway: owner, fileSystems: left, world }), fileSystems: after };
};

/** It has a host and a token: only now may an instance be asked for, and whoever asks finds the same one. */
export const placed = (
  gateway: Gateway,
  given: { readonly token: string; readonly hostId: string | undefined; readonly at: Instant },
): Gateway => ({
  ...waiting(gateway, 'provisioning', given.at),
  provisionToken: given.token,
  hostId: given.hostId,
});

const RESTING: readonly (GatewayPhase | FileSystem['phase'])[] = [
  'ready',
  'healthy',
  'degraded',
  'stopped',
  'failed',
];

/** Nothing is under way: the world is only looked at again to see whether it stays so. */
export const isSettled = ({ gateway, fileSystems }: Rows): boolean =>
  RESTING.includes(gateway.phase) &&
  fileSystems.every((one) => RESTING.includes(one.phase) && one.flushesAsked === one.flushesDone);
