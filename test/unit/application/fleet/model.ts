import fc from 'fast-check';
import { expect } from 'vitest';
import type { Fault } from '../../../../src/adapters/memory/fleet/provider-faults.js';
import type { FileSystem } from '../../../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../../../src/domain/fleet/gateway.js';
import { MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { BUCKET, type Stage, well } from './rig.js';

/** What the owners have been told they will get. */
type Model = {
  readonly wishes: Map<string, 'running' | 'stopped' | 'deleted'>;
  /** Of the deleted ones those whose bytes were given up: nothing keeps them from going. */
  readonly discarded: Set<string>;
  readonly gateways: Map<string, 'there' | 'deleted'>;
  /** By file system: files written and taken, and files that went down with an instance. */
  readonly written: Map<string, number>;
  readonly lost: Map<string, number>;
  /** Flushes: how many files had been taken, and not been lost, when the n-th was asked for. */
  readonly asked: Map<string, number[]>;
};
export const newModel = (): Model => ({
  wishes: new Map(),
  discarded: new Set(),
  gateways: new Map(),
  written: new Map(),
  lost: new Map(),
  asked: new Map(),
});

type Real = { readonly stage: Stage; readonly processes: readonly Stage['app'][] };

/** One thing that an owner, a client or fate does. */
export type Deed = (model: Model, real: Real) => Promise<void>;

const pick = <T>(from: Iterable<T>, index: number): T | undefined => {
  const all = [...from];
  return all.length === 0 ? undefined : all[index % all.length];
};

const onFileSystem =
  (index: number, act: (id: string, model: Model, real: Real) => Promise<void>): Deed =>
  async (model, real) => {
    const id = pick(model.wishes.keys(), index);
    if (id !== undefined) await act(id, model, real);
  };

const create: Deed = async ({ wishes }, { stage }) => {
  const made = await stage.app.createFileSystem(
    { bucketId: BUCKET, region: 'local', preload: false },
    stage.member(),
  );
  if (made.isOk()) wishes.set(made.value.id, 'running');
};

const wish = (index: number, desired: 'running' | 'stopped') =>
  onFileSystem(index, async (id, { wishes }, { stage }) => {
    const done = await stage.app.setDesired(id, desired, stage.member());
    if (done.isOk()) wishes.set(id, desired);
  });

const remove = (index: number) =>
  onFileSystem(index, async (id, { wishes }, { stage }) => {
    const done = await stage.app.deleteFileSystem(id, stage.member());
    if (done.isOk()) wishes.set(id, 'deleted');
  });

const discard = (index: number) =>
  onFileSystem(index, async (id, { wishes, discarded }, { stage }) => {
    const done = await stage.app.discardFileSystem(id, stage.member());
    if (done.isErr()) return;
    wishes.set(id, 'deleted');
    discarded.add(id);
  });

const flush = (index: number) =>
  onFileSystem(index, async (id, { written, lost, asked }, { stage }) => {
    const before = (written.get(id) ?? 0) - (lost.get(id) ?? 0);
    const done = await stage.app.flushFileSystem(id, stage.member());
    if (done.isOk()) asked.set(id, [...(asked.get(id) ?? []), before]);
  });

const write = (index: number, files: number) =>
  onFileSystem(index, async (id, { written }, { stage }) => {
    if (stage.gateways.write(id, files)) written.set(id, (written.get(id) ?? 0) + files);
  });

const createGateway: Deed = async ({ gateways }, { stage }) => {
  const asked = { provider: 'local', region: 'local', type: 'local.large' } as const;
  const made = await stage.app.createGateway(asked, stage.member());
  if (made.isOk()) gateways.set(made.value.id, 'there');
};

const deleteGateway =
  (index: number): Deed =>
  async ({ gateways }, { stage }) => {
    const id = pick(gateways.keys(), index);
    if (id === undefined) return;
    const done = await stage.app.deleteGateway(id, stage.member());
    if (done.isOk()) gateways.set(id, 'deleted');
  };

const attach = (index: number, to: number) =>
  onFileSystem(index, async (id, { wishes, gateways }, { stage }) => {
    const gateway = pick(gateways.keys(), to);
    // To one that is being deleted it says that it is there already, and changes nothing.
    if (gateway === undefined || wishes.get(id) === 'deleted') return;
    const before = await stage.app.getFileSystem(id, stage.member());
    const done = await stage.app.attachFileSystem(gateway, id, stage.member());
    const same = before.isOk() && before.value.fileSystem.gatewayId === gateway;
    const after = await stage.app.getFileSystem(id, stage.member());
    // One that is there already keeps the wish it has.
    if (done.isOk() && after.isOk()) wishes.set(id, same ? after.value.fileSystem.desired : 'running');
  });

const detach = (index: number) =>
  onFileSystem(index, async (id, { wishes }, { stage }) => {
    const found = await stage.app.getFileSystem(id, stage.member());
    const gatewayId = found.isOk() ? found.value.fileSystem.gatewayId : undefined;
    if (gatewayId === undefined || wishes.get(id) === 'deleted') return;
    const done = await stage.app.detachFileSystem(gatewayId, id, stage.member());
    if (done.isOk()) wishes.set(id, 'stopped');
  });

const kill =
  (index: number, how: 'gone' | 'failed' | 'stopped'): Deed =>
  async ({ wishes, lost }, { stage }) => {
    const instance = pick(stage.gateways.instances(), index);
    if (!instance) return;
    const owned = [...wishes.keys()].map((id) => [id, stage.gateways.holds(instance.ref, id)] as const);
    stage.gateways.kill(instance.ref, how);
    if (how === 'gone') for (const [id, files] of owned) lost.set(id, (lost.get(id) ?? 0) + files);
  };

const passTime =
  (ms: number): Deed =>
  async (_model, { stage }) =>
    stage.clock.advance(ms);

const rotate: Deed = async (_model, { stage }) => stage.rotate();

const garbage: Deed = async (_model, { stage }) => void (await stage.app.collectGarbage());

/** Every process does a step or two, all at the same time. */
const work: Deed = async (_model, { processes }) => {
  await Promise.all(
    processes.map(async (app) => {
      well(await app.reconciler.reconcileOnce(2));
      well(await app.reconciler.reconcileOnce(2));
    }),
  );
};

const index = fc.nat(5);
/** Deeds by their names, so that a counterexample can be read. */
export const deeds: fc.Arbitrary<{ readonly name: string; readonly deed: Deed }> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ name: 'create', deed: create }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(index, fc.constantFrom('running' as const, 'stopped' as const))
      .map(([i, to]) => ({ name: `wish ${i} ${to}`, deed: wish(i, to) })),
  },
  { weight: 2, arbitrary: index.map((i) => ({ name: `delete ${i}`, deed: remove(i) })) },
  { weight: 1, arbitrary: index.map((i) => ({ name: `discard ${i}`, deed: discard(i) })) },
  { weight: 2, arbitrary: index.map((i) => ({ name: `flush ${i}`, deed: flush(i) })) },
  {
    weight: 6,
    arbitrary: fc.tuple(index, fc.integer({ min: 1, max: 3 })).map(([i, n]) => ({
      name: `write ${i} ${n}`,
      deed: write(i, n),
    })),
  },
  { weight: 1, arbitrary: fc.constant({ name: 'create gateway', deed: createGateway }) },
  { weight: 1, arbitrary: index.map((i) => ({ name: `delete gateway ${i}`, deed: deleteGateway(i) })) },
  {
    weight: 2,
    arbitrary: fc.tuple(index, index).map(([i, j]) => ({ name: `attach ${i} ${j}`, deed: attach(i, j) })),
  },
  { weight: 2, arbitrary: index.map((i) => ({ name: `detach ${i}`, deed: detach(i) })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(index, fc.constantFrom('gone' as const, 'failed' as const, 'stopped' as const))
      .map(([i, how]) => ({ name: `kill ${i} ${how}`, deed: kill(i, how) })),
  },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(100, SECOND, 5 * SECOND, 31 * SECOND, 3 * MINUTE)
      .map((ms) => ({ name: `pass ${ms}`, deed: passTime(ms) })),
  },
  { weight: 1, arbitrary: fc.constant({ name: 'garbage', deed: garbage }) },
  { weight: 2, arbitrary: fc.constant({ name: 'rotate', deed: rotate }) },
  { weight: 10, arbitrary: fc.constant({ name: 'work', deed: work }) },
);

export const faults: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fault>('none') },
  { weight: 3, arbitrary: fc.constantFrom<Fault>('delay', 'error_before', 'error_after', 'lost_reply') },
);

/** At every moment: one instance of a gateway at most, and no flush that is told of too early. */
export const alwaysSound = async (model: Model, stage: Stage): Promise<void> => {
  const owners = stage.gateways.instances().map(({ ref }) => stage.gateways.gatewayOf(ref));
  expect(new Set(owners).size, 'instances of one gateway').toBe(owners.length);
  for (const { id, flushesAsked, flushesDone } of await stage.rows<FileSystem>('file_systems')) {
    // What could not be promised any more is not owed.
    const asked = (model.asked.get(id) ?? []).slice(0, flushesAsked);
    model.asked.set(id, asked);
    const promised = Math.max(0, ...asked.slice(0, flushesDone));
    expect(stage.gateways.delivered(id), `${flushesDone} flushes of ${id}`).toBeGreaterThanOrEqual(promised);
  }
};

/** Rest: every fault is over, everybody works, and all the time there is has passed. */
export const quiesce = async ({ stage, processes }: Real): Promise<void> => {
  for (const pause of [
    ...Array(15).fill(SECOND),
    ...Array(6).fill(31 * SECOND),
    ...Array(6).fill(5.1 * MINUTE),
  ]) {
    stage.clock.advance(pause);
    await Promise.all(processes.map((app) => stage.settle(app.reconciler)));
    if (pause > MINUTE) well(await stage.app.collectGarbage());
  }
};

const gaplessAndTrue = async (stage: Stage, row: FileSystem | Gateway): Promise<void> => {
  const events = await stage.events(row.id);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: row.version }, (_, i) => i + 1));
  const last = events.filter(({ type }) => type !== 'flush').at(-1);
  expect(last?.data).toMatchObject({ status: row.status, desired_status: row.desired, phase: row.phase });
};

const fileSystemHolds = async (model: Model, stage: Stage, row: FileSystem): Promise<void> => {
  const wished = model.wishes.get(row.id);
  const is = row.phase === 'deleted' ? 'deleted' : row.status;
  const because = `${row.id} is wished ${wished}, is ${row.status}/${row.phase} ${row.reason ?? ''}`;
  if (model.discarded.has(row.id)) expect(is, because).toBe('deleted');
  if (is === 'deleted')
    for (const { ref } of stage.gateways.instances()) expect(stage.gateways.holds(ref, row.id)).toBe(0);
  if (row.status === 'failed') expect(row.reason, because).toBeTruthy();
  else expect(is, because).toBe(wished);
  expect(row.flushesAsked, because).toBe(row.flushesDone);
  const intervals = await stage.intervals(row.id);
  expect(intervals.filter(([, end]) => end === undefined)).toHaveLength(row.status === 'running' ? 1 : 0);
  for (const [i, [start = 0, end]] of intervals.entries()) {
    expect(end ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(start);
    expect(start).toBeGreaterThanOrEqual(intervals[i - 1]?.[1] ?? 0);
  }
  await gaplessAndTrue(stage, row);
};

const gatewayHolds = async (model: Model, stage: Stage, row: Gateway): Promise<void> => {
  const mine = stage.gateways
    .instances()
    .filter(({ ref }) => stage.gateways.gatewayOf(ref) === row.id)
    .map(({ token, state }) => ({ token, state }));
  const because = `${row.id} is ${row.status}/${row.phase} ${row.reason ?? ''}`;
  if (row.phase === 'deleted') expect(mine, because).toEqual([]);
  else if (row.status === 'running')
    expect(mine, because).toEqual([{ token: row.provisionToken, state: 'running' }]);
  else for (const one of mine) expect(one.token, because).toBe(row.provisionToken);
  if (model.gateways.get(row.id) === 'deleted' && row.status !== 'failed')
    expect(row.phase, because).toBe('deleted');
  await gaplessAndTrue(stage, row);
};

/** What counts in the quota: what is there, and of it what is set to run. */
const countsHold = async (stage: Stage): Promise<void> => {
  const there = (await stage.rows<FileSystem>('file_systems')).filter(({ phase }) => phase !== 'deleted');
  expect(await stage.used('file_systems')).toBe(there.length);
  expect(await stage.used('running_file_systems')).toBe(
    there.filter(({ desired }) => desired === 'running').length,
  );
};

/** At rest: everybody has what they wish, or knows why not; nothing is left over and nothing is there twice. */
export const allHolds = async (model: Model, stage: Stage): Promise<void> => {
  for (const row of await stage.rows<FileSystem>('file_systems')) await fileSystemHolds(model, stage, row);
  for (const row of await stage.rows<Gateway>('gateways')) await gatewayHolds(model, stage, row);
  await countsHold(stage);
};
