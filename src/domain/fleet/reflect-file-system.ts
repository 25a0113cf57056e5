import type { Instant } from '../shared/time.js';
import type { FileSystem, FileSystemPhase } from './file-system.js';
import { moveFileSystem } from './lifecycle.js';
import { owes } from './wishes.js';
import {
  DRAIN_DEADLINE,
  type Goal,
  goalOf,
  holdsUp,
  isGone,
  isWinding,
  type SeenExport,
  type Sight,
  type World,
} from './world.js';

const LOST = 'its instance was gone before all that was written could be seen in the bucket';
const UNDRAINED = 'what was written could not be brought to the bucket in time; it is kept on the instance';

/** What an instance on its way to serve lets its file systems say. */
const onTheWay = ({ state }: Sight): FileSystemPhase => {
  if (state === 'running') return 'exporting';
  return state === 'none' || state === 'unmade' || state === 'gone' ? 'provisioning' : 'booting';
};

const healthyPhase = ({ status, phase, preload, id }: FileSystem, world: World): FileSystemPhase => {
  if (status !== 'running') return preload ? 'preloading' : 'healthy';
  return phase === 'preloading' && !world.preloaded.has(id) ? 'preloading' : 'healthy';
};

/** A flush that cannot be promised any more is not owed either: what it was about is lost. */
const unasked = (one: FileSystem): FileSystem => ({ ...one, flushesAsked: one.flushesDone });

/** It is to be served: as far as it is, that is what it says. */
const serving = (one: FileSystem, seen: SeenExport | undefined, world: World): FileSystem => {
  const { at } = world;
  const now: FileSystem = { ...one, served: seen?.served };
  if (seen?.healthy) return moveFileSystem(now, 'serve', { phase: healthyPhase(one, world), at });
  const { reason } = seen ?? {};
  if (seen && one.status === 'running')
    return moveFileSystem(now, 'serve', { phase: 'degraded', at, reason });
  const to = { phase: onTheWay(world.instance), at, reason };
  // One that never ran shows no address before it does.
  const waiting: FileSystem = { ...now, served: undefined };
  if (world.instance.state === 'gone' && one.flushesAsked > one.flushesDone)
    return moveFileSystem(unasked(waiting), 'fail', { phase: 'failed', at, reason: LOST });
  return moveFileSystem(waiting, one.status === 'pending' ? 'queue' : 'lose', to);
};

const flushed = (one: FileSystem): FileSystem => ({ ...one, flushesDone: one.flushesAsked });

/** Nothing of it runs any more. */
const ended = (one: FileSystem, goal: Goal, world: World): FileSystem => {
  const { at } = world;
  const bare: FileSystem = { ...one, served: undefined };
  if (goal === 'serve') {
    const to = { phase: onTheWay(world.instance), at };
    return moveFileSystem(bare, one.status === 'pending' ? 'queue' : 'lose', to);
  }
  const lost = isGone(world.instance) && owes(one);
  const kept = lost ? unasked(bare) : flushed(bare);
  if (goal === 'delete') return moveFileSystem(kept, 'delete', { phase: 'deleted', at });
  const reason = lost ? LOST : undefined;
  return goal === 'leave'
    ? { ...moveFileSystem(kept, 'rest', { phase: 'detached', at, reason }), gatewayId: undefined }
    : moveFileSystem(kept, 'rest', { phase: 'stopped', at, reason });
};

/** It is drained as long as it may hold bytes; whether it is, only an instance that serves it can tell. */
const draining = (one: FileSystem, goal: Goal, seen: SeenExport | undefined, world: World): FileSystem => {
  const { at } = world;
  const now: FileSystem = { ...one, served: seen?.served };
  if (seen && world.dirty.get(one.id) === 0)
    return flushed(moveFileSystem(now, actionOf(one, goal), { phase: 'stopping', at }));
  if (isOverdue(one, at)) return moveFileSystem(now, 'fail', { phase: 'failed', at, reason: UNDRAINED });
  if (seen) return moveFileSystem(now, actionOf(one, goal), { phase: 'draining', at });
  const toRest = goal === 'stop' || goal === 'serve';
  const to = { phase: onTheWay(world.instance), at };
  if (!toRest) return goal === 'delete' ? moveFileSystem(now, 'delete', { phase: 'draining', at }) : now;
  return moveFileSystem(now, one.status === 'pending' ? 'queue' : 'lose', to);
};

const isOverdue = ({ phase, updatedAt }: FileSystem, at: Instant): boolean =>
  phase === 'draining' && at - updatedAt > DRAIN_DEADLINE;

/** On its way down it keeps the status it came with; one that came back only to be drained runs while it is. */
const actionOf = ({ status }: FileSystem, goal: Goal) => {
  if (goal === 'leave') return 'leave';
  if (goal === 'delete') return 'delete';
  return status === 'pending' ? 'queue' : 'serve';
};

/** It goes once nothing of it is held, in the bucket or not: no flush that is still owed will be done. */
const forsaken = (one: FileSystem, seen: SeenExport | undefined, world: World): FileSystem => {
  const over = isGone(world.instance) || world.discarded.has(one.id);
  if (!over) return { ...one, served: seen?.served };
  const bare: FileSystem = { ...unasked(one), served: undefined };
  return moveFileSystem(bare, 'delete', { phase: 'deleted', at: world.at });
};

const winding = (one: FileSystem, seen: SeenExport | undefined, world: World): FileSystem => {
  if (one.phase === 'discarding') return forsaken(one, seen, world);
  const goal = goalOf(one);
  const { instance, at } = world;
  if (holdsUp(one, world) && !isGone(instance)) return draining(one, goal, seen, world);
  const stillUp = seen !== undefined || (instance.state === 'stopping' && one.served !== undefined);
  if (!stillUp) return ended(one, goal, world);
  return one.phase === 'stopping' ? one : moveFileSystem(one, actionOf(one, goal), { phase: 'stopping', at });
};

/** The file system, as the world is: a pure function of what was seen. The same object where nothing changed. */
export const reflectFileSystem = (one: FileSystem, world: World): FileSystem => {
  if (one.status === 'failed') return one;
  const reason = world.refused.get(one.id) ?? world.impossible;
  const seen = world.exports.get(one.id);
  const hopeless = reason !== undefined && seen === undefined && (!isWinding(one) || owes(one));
  if (hopeless)
    return moveFileSystem({ ...one, served: undefined }, 'fail', { phase: 'failed', at: world.at, reason });
  if (one.status === 'stopped' && seen === undefined) return one;
  if (isWinding(one)) return winding(one, seen, world);
  const now = serving(one, seen, world);
  const done = now.flushesAsked > now.flushesDone && world.dirty.get(one.id) === 0;
  return done ? flushed(now) : now;
};
