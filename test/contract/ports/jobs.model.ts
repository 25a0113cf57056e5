import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instant, plus } from '../../../src/domain/shared/time.js';
import type { ClaimedJob } from '../../../src/ports/shared/jobs.js';
import { AT, newId, type SharedRig } from './shared.rig.js';

const LEASE = 10;
type Row = {
  id: string;
  runAt: Instant;
  key: string | undefined;
  holder?: number;
  leaseUntil: Instant;
  epoch: number;
};
/** Which jobs there are, and whose they are: all that workers may rely on. */
type Model = { now: Instant; rows: Row[] };
/** What each worker believes it holds; a belief outlives the lease. */
type Real = { rig: SharedRig; kind: string; hands: Map<number, ClaimedJob[]> };
type Command = fc.AsyncCommand<Model, Real>;

const WORKERS = 3;
const worker = fc.integer({ min: 0, max: WORKERS - 1 });

const enqueue = (key: string | undefined, delay: number): Command => ({
  check: () => true,
  toString: () => `enqueue(${key}, in ${delay})`,
  run: async (model, real) => {
    const id = newId();
    const runAt = plus(model.now, delay);
    const added = await real.rig.units.run((tx) =>
      tx.jobs.enqueue({
        id,
        kind: real.kind,
        key: key === undefined ? undefined : `${real.kind} ${key}`,
        payload: {},
        runAt,
      }),
    );
    expect(added.isOk()).toBe(true);
    if (key !== undefined && model.rows.some((row) => row.key === key)) return;
    model.rows.push({ id, runAt, key, leaseUntil: AT, epoch: 0 });
  },
});

const advance = (ms: number): Command => ({
  check: () => true,
  toString: () => `advance(${ms})`,
  run: async (model) => {
    model.now = plus(model.now, ms);
  },
});

const claim = (who: number, limit: number): Command => ({
  check: () => true,
  toString: () => `worker ${who} claims ${limit}`,
  run: async (model, real) => {
    const leaseUntil = plus(model.now, LEASE);
    const claimed = (await real.rig.jobs.claim([real.kind], limit, model.now, leaseUntil))._unsafeUnwrap();
    const due = model.rows
      .filter((row) => row.runAt <= model.now && (row.holder === undefined || row.leaseUntil <= model.now))
      .sort((a, b) => a.runAt - b.runAt || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    for (const row of due) Object.assign(row, { holder: who, leaseUntil, epoch: row.epoch + 1 });
    expect(claimed.map(({ id, epoch }) => ({ id, epoch }))).toEqual(
      due.map(({ id, epoch }) => ({ id, epoch })),
    );
    real.hands.set(who, [...(real.hands.get(who) ?? []), ...claimed]);
  },
});

type Verdict = 'complete' | 'extend' | 'fail' | 'repeat';
const settle = (who: number, which: number, verdict: Verdict): Command => ({
  check: () => true,
  toString: () => `worker ${who} says ${verdict} of ${which}`,
  run: async (model, real) => {
    const hand = real.hands.get(who) ?? [];
    const job = hand[which % Math.max(hand.length, 1)];
    if (job === undefined) return;
    const later = plus(model.now, 3);
    const say = {
      complete: () => real.rig.jobs.complete(job),
      extend: () => real.rig.jobs.extend(job, plus(model.now, LEASE)),
      fail: () => real.rig.jobs.release(job, later, 'failed'),
      repeat: () => real.rig.jobs.release(job, later),
    };
    const answer = await say[verdict]();
    const row = model.rows.find(
      ({ id, epoch, holder }) => id === job.id && epoch === job.epoch && holder === who,
    );
    expect(answer.isOk()).toBe(row !== undefined);
    if (row === undefined) return;
    if (verdict === 'complete') model.rows.splice(model.rows.indexOf(row), 1);
    else if (verdict === 'extend') row.leaseUntil = plus(model.now, LEASE);
    else {
      row.runAt = later;
      delete row.holder;
    }
  },
});

const commands = fc.commands(
  [
    fc
      .tuple(fc.constantFrom('a', 'b', undefined), fc.integer({ min: 0, max: 8 }))
      .map((args) => enqueue(...args)),
    fc.integer({ min: 1, max: 12 }).map(advance),
    fc.tuple(worker, fc.integer({ min: 1, max: 3 })).map((args) => claim(...args)),
    fc
      .tuple(worker, fc.nat(9), fc.constantFrom<Verdict>('complete', 'extend', 'fail', 'repeat'))
      .map((args) => settle(...args)),
  ],
  { maxCommands: 40 },
);

export const jobsModel = (name: string, open: () => Promise<SharedRig>, numRuns: number) =>
  describe(`Jobs: ${name}`, () => {
    it('gives no job to two workers at once and loses none, whatever they do', async () => {
      const rig = await open();
      await fc.assert(
        fc.asyncProperty(commands, (steps) =>
          fc.asyncModelRun(
            () => ({
              model: { now: AT, rows: [] },
              real: { rig, kind: newId(), hands: new Map() },
            }),
            steps,
          ),
        ),
        { numRuns },
      );
    });
  });
