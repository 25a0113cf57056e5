import type { FileSystem } from './file-system.js';
import type { Gateway } from './gateway.js';
import { BOOT_DEADLINE, goalOf, holdsUp, isGone, isWanted, isWinding, type World } from './world.js';

/** What is to be done with the exports of a running instance, all in one go. */
export type Tending = {
  readonly kind: 'tend';
  /** The file systems to be served, no others; undefined: the exports are as they should be. */
  readonly serve: readonly string[] | undefined;
  readonly drain: readonly string[];
  readonly flush: readonly string[];
  readonly preload: readonly string[];
};

/** What the instance holds of these file systems is given up, and their exports end at once. */
export type Discarding = { readonly kind: 'discard'; readonly fileSystems: readonly string[] };

/** One step towards what is wanted. Each may be repeated. */
export type Step =
  | {
      readonly kind:
        | 'place'
        | 'ensure'
        | 'start'
        | 'stop'
        /** The gateway goes, and its instance with it. */
        | 'terminate'
        /** Another instance takes the place of one that does not come up. */
        | 'replace'
        /** One that is missing is ended for certain: a view that was too old must not lead to a second one. */
        | 'forget'
        | 'give_up'
        | 'rest';
    }
  | Tending
  | Discarding;

/** Starts in a row after which an instance is replaced, and failures in a row after which nothing is tried. */
const STARTS = 3;
const BUDGET = 8;

export type Situation = {
  readonly gateway: Gateway;
  readonly fileSystems: readonly FileSystem[];
  readonly world: World;
  /** Failures in a row. */
  readonly attempts: number;
};

const step = (kind: Exclude<Step, Tending | Discarding>['kind']): Step => ({ kind });

const idsOf = (fileSystems: readonly FileSystem[], which: (fileSystem: FileSystem) => boolean) =>
  fileSystems.filter(which).map(({ id }) => id);

/** Whether its export is to be there, as things stand. */
const isServed = (fileSystem: FileSystem, world: World): boolean => {
  const exported = world.exports.has(fileSystem.id);
  if (isWinding(fileSystem)) return fileSystem.phase !== 'stopping' && holdsUp(fileSystem, world);
  // What failed is left as it is: it may hold bytes.
  return goalOf(fileSystem) === 'serve' || exported;
};

/** It failed while it was served: what it may hold stays within reach. */
const isKept = ({ id, status }: FileSystem, world: World): boolean =>
  status === 'failed' && world.exports.has(id);

/** Everything on the instance is drained and to be stopped: the instance stops with its exports. */
const stopsWhole = ({ gateway, fileSystems, world }: Situation): boolean =>
  !isWanted(gateway) &&
  fileSystems.length > 0 &&
  fileSystems.every(
    (one) =>
      (!world.exports.has(one.id) && !holdsUp(one, world)) ||
      (one.phase === 'stopping' && goalOf(one) === 'stop'),
  );

const servedAfter = (situation: Situation): readonly string[] | undefined => {
  const { fileSystems, world } = situation;
  if (stopsWhole(situation)) return undefined;
  const serve = idsOf(fileSystems, (one) => isServed(one, world));
  const isAsIs = (id: string) => world.exports.has(id) && !world.outdated.has(id);
  const asIs = serve.length === world.exports.size && serve.every(isAsIs);
  return asIs ? undefined : serve;
};

const tending = (situation: Situation): Tending | undefined => {
  const { fileSystems, world } = situation;
  const serve = servedAfter(situation);
  const there = ({ id }: FileSystem) => (serve ? serve.includes(id) : world.exports.has(id));
  const drain = idsOf(fileSystems, (one) => there(one) && holdsUp(one, world));
  const flush = idsOf(
    fileSystems,
    (one) => there(one) && !isWinding(one) && one.flushesAsked > one.flushesDone,
  );
  const preload = idsOf(fileSystems, (one) => there(one) && one.phase === 'preloading');
  const idle = serve === undefined && drain.length + flush.length + preload.length === 0;
  return idle ? undefined : { kind: 'tend', serve, drain, flush, preload };
};

/** Nothing keeps the instance: it stops, or goes when the gateway does. */
const unneeded = ({ gateway, fileSystems, world }: Situation): Step => {
  const { state } = world.instance;
  if (gateway.status === 'terminating') return step(fileSystems.length === 0 ? 'terminate' : 'rest');
  return step(state === 'running' && gateway.status !== 'failed' ? 'stop' : 'rest');
};

const whileRunning = (situation: Situation, needed: boolean): Step =>
  tending(situation) ?? (needed ? step('rest') : unneeded(situation));

const whileFailed = (situation: Situation): Step => {
  const { attempts } = situation;
  if (attempts >= BUDGET) return step('give_up');
  return step(attempts < STARTS ? 'start' : 'replace');
};

const whileStarting = ({ gateway, world }: Situation): Step =>
  step(world.at - gateway.updatedAt > BOOT_DEADLINE && isWanted(gateway) ? 'replace' : 'rest');

/** Whatever state the instance is in: it may hold bytes even while it is down, or out of view. */
const discarding = ({ fileSystems, world }: Situation): Discarding | undefined => {
  const given = idsOf(fileSystems, ({ phase }) => phase === 'discarding');
  return given.length === 0 || isGone(world.instance) ? undefined : { kind: 'discard', fileSystems: given };
};

/** The one step that is next. Pure: the same situation, the same step. */
export const decide = (situation: Situation): Step => discarding(situation) ?? otherwise(situation);

const otherwise = (situation: Situation): Step => {
  const { gateway, fileSystems, world } = situation;
  const needed = isWanted(gateway) || fileSystems.some((one) => holdsUp(one, world) || isKept(one, world));
  switch (world.instance.state) {
    case 'none':
    case 'gone':
      return step(isWanted(gateway) ? 'place' : 'rest');
    case 'unmade':
      return step(isWanted(gateway) ? 'ensure' : 'rest');
    case 'missing':
      return step('forget');
    case 'hidden':
    case 'starting':
      return whileStarting(situation);
    case 'stopping':
      return step('rest');
    case 'running':
      return whileRunning(situation, needed);
    case 'stopped':
      return needed ? step('start') : unneeded(situation);
    case 'failed':
      return needed ? whileFailed(situation) : unneeded(situation);
  }
};
