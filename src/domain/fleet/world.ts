import { type Instant, MINUTE, SECOND } from '../shared/time.js';
import type { FileSystem, Served } from './file-system.js';
import type { Gateway } from './gateway.js';
import { isLeaving, owes } from './wishes.js';

/** How long a provider's view may not show what was just made. */
export const LAG = 2 * MINUTE;
/** Bytes that are not in their bucket after this long keep what holds them, and somebody has to decide. */
export const DRAIN_DEADLINE = 10 * MINUTE;
/** An instance that does not run after this long never will. */
export const BOOT_DEADLINE = 10 * MINUTE;
/** How often a settled gateway is looked at. */
export const RESYNC = 30 * SECOND;
/** How often one is looked at that waits for the world. */
export const SOON = SECOND;

/** What was seen of an export. */
export type SeenExport = {
  readonly served: Served;
  readonly healthy: boolean;
  readonly reason?: string | undefined;
  /** Tells the way in which it reaches its objects from others. */
  readonly fingerprint?: string | undefined;
};

/** An instance, as its provider tells of it. */
export type SeenInstance = {
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';
  readonly ref: string;
  /** When it entered the state. */
  readonly since: Instant;
};

/**
 * `none`: nobody asked for one. `unmade`: asked for, or about to be, and not known to be there. `hidden`: made, and
 * the provider's view may be too old to show it. `missing`: it was there, and nobody sees it or hears of it.
 * `gone`: it is no more, and will not come back.
 */
export type Sight = SeenInstance | { readonly state: 'none' | 'unmade' | 'hidden' | 'missing' | 'gone' };

/** There is no instance: nothing runs, and nothing is held. */
export const isGone = ({ state }: Sight): boolean =>
  state === 'none' || state === 'unmade' || state === 'gone';

/** What is known of the world at one moment: what was looked at, and what came of acting on it. */
export type World = {
  readonly at: Instant;
  readonly instance: Sight;
  /** Of a running instance. */
  readonly exports: ReadonlyMap<string, SeenExport>;
  /** Files that were not in the bucket yet, where that was asked. */
  readonly dirty: ReadonlyMap<string, number>;
  readonly preloaded: ReadonlySet<string>;
  /** Of which the instance holds nothing any more, because that was given up. */
  readonly discarded: ReadonlySet<string>;
  /** Exported file systems whose objects are to be reached in another way now: other keys, another address. */
  readonly outdated: ReadonlySet<string>;
  /** File systems that cannot be served, and why. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why there can be no instance. */
  readonly impossible?: string | undefined;
  /** Since when the instance was down, as its provider told before anybody acted. */
  readonly downSince?: Instant | undefined;
  /** When the gateway was last seen to be as its row says. */
  readonly seenAt?: Instant | undefined;
};

export const unseen = (at: Instant, instance: Sight): World => ({
  at,
  instance,
  exports: new Map(),
  dirty: new Map(),
  preloaded: new Set(),
  discarded: new Set(),
  outdated: new Set(),
  refused: new Map(),
});

/** What a look came to. `answers`: nobody sees it, but it speaks. */
export const sighted = (
  gateway: Gateway,
  seen: SeenInstance | undefined,
  answers: boolean,
  at: Instant,
): Sight => {
  if (seen) return seen;
  if (gateway.provisionToken === undefined) return { state: 'none' };
  if (gateway.ref === undefined) return { state: 'unmade' };
  if (answers) return { state: 'running', ref: gateway.ref, since: gateway.updatedAt };
  const young = gateway.phase === 'booting' && at - gateway.updatedAt < LAG;
  return { state: young ? 'hidden' : 'missing' };
};

/** An instance is wanted for its own sake. */
export const isWanted = ({ desired, status }: Gateway): boolean =>
  desired === 'running' && status !== 'terminating' && status !== 'failed';

export type Goal = 'serve' | 'stop' | 'leave' | 'delete' | 'none';

/** What is wanted of a file system in the end; of one that failed, nothing before its owner says so. */
export const goalOf = (fileSystem: FileSystem): Goal => {
  const { status, desired } = fileSystem;
  if (status === 'failed') return 'none';
  if (status === 'terminating') return 'delete';
  if (desired === 'running') return 'serve';
  return isLeaving(fileSystem) ? 'leave' : 'stop';
};

/** It is on its way down; what was begun is ended, even when it is wanted again meanwhile. */
export const isWinding = (fileSystem: FileSystem): boolean => {
  const goal = goalOf(fileSystem);
  const { phase } = fileSystem;
  return goal !== 'none' && (goal !== 'serve' || phase === 'draining' || phase === 'stopping');
};

/** It holds the instance up: bytes of it may have to be brought home. */
export const holdsUp = (fileSystem: FileSystem, world: World): boolean =>
  isWinding(fileSystem) &&
  fileSystem.phase !== 'stopping' &&
  (owes(fileSystem) || world.exports.has(fileSystem.id));
