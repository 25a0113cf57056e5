import { type Instant, instant, plus, SECOND } from '../../../domain/shared/time.js';
import type { Export, Instance, InstanceSpec, InstanceState } from '../../../ports/fleet/providers.js';
import type { Clock } from '../../../ports/shared/clock.js';

type Moment = { readonly at: Instant; readonly state: InstanceState | 'gone' };

/** A file that a client wrote; it is in the bucket from `dueAt` on, if its instance runs then. */
type File = { dueAt: Instant };

type MemoryExport = { wanted: Export; drained: boolean };

export type MemoryInstance = {
  readonly ref: string;
  readonly token: string;
  readonly spec: InstanceSpec;
  readonly createdAt: Instant;
  /** What becomes of it, the future included; a new turn of things cuts off what was to come. */
  timeline: readonly Moment[];
  readonly exports: Map<string, MemoryExport>;
  /** What it holds on disk, by file system: it outlives exports and stops. */
  readonly files: Map<string, File[]>;
};

export type Pace = {
  readonly bootMs: number;
  readonly stopMs: number;
  /** How old the views are that `observe` and `list` give. */
  readonly lagMs: number;
  /** From a write to the bucket, when nobody flushes. */
  readonly writeBackMs: number;
  /** From a flush to the bucket. */
  readonly drainMs: number;
};

export const AT_ONCE: Pace = { bootMs: 0, stopMs: 0, lagMs: 0, writeBackMs: 5 * SECOND, drainMs: 0 };

const stateAt = ({ timeline }: MemoryInstance, at: Instant): Moment | undefined =>
  timeline.filter((moment) => moment.at <= at).at(-1);

const turn = (one: MemoryInstance, ...moments: readonly Moment[]): void => {
  const [first] = moments;
  one.timeline = [...one.timeline.filter(({ at }) => first === undefined || at <= first.at), ...moments];
};

const stateNow = (one: MemoryInstance, clock: Clock): Moment['state'] =>
  stateAt(one, clock.now())?.state ?? 'gone';

type Setting = {
  readonly clock: Clock;
  readonly pace: Pace;
  /** Whether a bucket takes what comes in this way. */
  readonly admits: (way: Export) => boolean;
};

/** The buckets behind the instances: what reached them, and which of them take nothing. */
const bucketsBehind = ({ clock, pace, admits }: Setting) => {
  const delivered = new Map<string, number>();
  const stuck = new Set<string>();
  const isShut = (one: MemoryInstance, id: string): boolean => {
    const way = one.exports.get(id)?.wanted;
    return stuck.has(id) || (way !== undefined && !admits(way));
  };
  /** What is due has reached its bucket, where the instance runs. */
  const settle = (one: MemoryInstance): void => {
    if (stateNow(one, clock) !== 'running') return;
    for (const [id, files] of one.files) {
      const left = files.filter(({ dueAt }) => isShut(one, id) || dueAt > clock.now());
      delivered.set(id, (delivered.get(id) ?? 0) + files.length - left.length);
      one.files.set(id, left);
    }
  };
  return {
    stuck,
    settle,
    delivered: (id: string): number => delivered.get(id) ?? 0,
    /** It was sent, and its bucket did not take it. */
    isRefused: (one: MemoryInstance, id: string): boolean =>
      isShut(one, id) && (one.files.get(id) ?? []).some(({ dueAt }) => dueAt <= clock.now()),
    dirty: (one: MemoryInstance, id: string): number => {
      settle(one);
      return one.files.get(id)?.length ?? 0;
    },
    /** What it holds of this file system is sent now. */
    hurry: (one: MemoryInstance, id: string): void => {
      const by = plus(clock.now(), pace.drainMs);
      for (const file of one.files.get(id) ?? []) file.dueAt = instant(Math.min(file.dueAt, by));
    },
    write: (one: MemoryInstance, id: string, n: number): void => {
      const dueAt = plus(clock.now(), pace.writeBackMs);
      const files = Array.from({ length: n }, (): File => ({ dueAt }));
      one.files.set(id, [...(one.files.get(id) ?? []), ...files]);
    },
  };
};

const viewOf = (one: MemoryInstance, at: Instant): Instance | undefined => {
  const moment = stateAt(one, at);
  if (moment === undefined || moment.state === 'gone') return undefined;
  const { ref, token, spec, createdAt } = one;
  return { ref, token, deployment: spec.deployment, state: moment.state, since: moment.at, createdAt };
};

/** All instances there are, and the buckets behind them. */
export const providerWorld = ({ clock, pace, admits }: Setting) => {
  const instances: MemoryInstance[] = [];
  const buckets = bucketsBehind({ clock, pace, admits });
  const stateOf = (one: MemoryInstance): Moment['state'] => stateNow(one, clock);
  const there = (): readonly MemoryInstance[] => instances.filter((one) => stateOf(one) !== 'gone');
  const boot = (one: MemoryInstance): void => {
    const at = clock.now();
    turn(one, { at, state: 'starting' }, { at: plus(at, pace.bootMs), state: 'running' });
  };
  /** Its exports end with it; what it holds on disk it keeps. */
  const down = (one: MemoryInstance, ...moments: readonly Moment[]): void => {
    buckets.settle(one);
    one.exports.clear();
    turn(one, ...moments);
  };
  return {
    ...buckets,
    there,
    stateOf,
    boot,
    byToken: (token: string) => there().find((one) => one.token === token),
    byRef: (ref: string) => there().find((one) => one.ref === ref),
    running: (ref: string) => there().find((one) => one.ref === ref && stateOf(one) === 'running'),
    /** As the provider's view, `lagMs` old, shows them. */
    views: (): readonly Instance[] =>
      instances.flatMap((one) => viewOf(one, plus(clock.now(), -pace.lagMs)) ?? []),
    viewNow: (one: MemoryInstance): Instance => {
      const view = viewOf(one, clock.now());
      if (!view) throw new Error(`${one.ref} is gone`);
      return view;
    },
    make: (spec: InstanceSpec, token: string): MemoryInstance => {
      const [ref, createdAt] = [`memory-${instances.length + 1}`, clock.now()];
      const one = { ref, token, spec, createdAt, timeline: [], exports: new Map(), files: new Map() };
      instances.push(one);
      boot(one);
      return one;
    },
    halt: (one: MemoryInstance): void => {
      const at = clock.now();
      down(one, { at, state: 'stopping' }, { at: plus(at, pace.stopMs), state: 'stopped' });
    },
    become: (one: MemoryInstance, state: 'failed' | 'stopped' | 'gone'): void =>
      down(one, { at: clock.now(), state }),
    /** The export ends, and what did not reach its bucket never will. */
    drop: (one: MemoryInstance, id: string): void => {
      buckets.settle(one);
      one.exports.delete(id);
      one.files.delete(id);
    },
    delivered: (id: string): number => {
      there().forEach(buckets.settle);
      return buckets.delivered(id);
    },
  };
};
export type ProviderWorld = ReturnType<typeof providerWorld>;
