import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { ensureRepeating } from '../../../../src/adapters/jobs/repeating.js';
import { MINUTE, plus, SECOND } from '../../../../src/domain/shared/time.js';
import type { JobHandler, Jobs } from '../../../../src/ports/shared/jobs.js';
import { heldUp, START, settled, world } from './world.js';

const DOWN = { kind: 'unavailable', dependency: 'postgres', cause: undefined } as const;

describe('job worker', () => {
  it('does each due job once and forgets it', async () => {
    const { enqueue, rows, worker } = world();
    await enqueue('greet');
    await enqueue('greet');
    const seen: unknown[] = [];
    const { tick } = worker({ greet: (job) => okAsync(void seen.push(job.payload)) });
    expect([await tick(), await tick()]).toEqual([2, 0]);
    expect(seen).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await rows()).toEqual([]);
  });

  it('leaves jobs of other kinds alone', async () => {
    const { enqueue, rows, worker } = world();
    await enqueue('other');
    expect(await worker({ greet: () => okAsync(undefined) }).tick()).toBe(0);
    expect(await rows()).toHaveLength(1);
  });

  it('tries a failed job again, later each time, until it is done', async () => {
    const { clock, enqueue, rows, worker } = world();
    await enqueue('flaky');
    const { tick } = worker({
      flaky: ({ attempts }) => (attempts < 3 ? errAsync({ kind: 'unavailable' }) : okAsync(undefined)),
    });
    expect(await tick()).toBe(1);
    expect(await rows()).toMatchObject([{ lastError: 'unavailable', attempts: 1 }]);
    clock.advance(0.7 * SECOND);
    expect(await tick()).toBe(0);
    clock.advance(0.6 * SECOND);
    expect(await tick()).toBe(1);
    clock.advance(1.5 * SECOND);
    expect(await tick()).toBe(0);
    clock.advance(SECOND);
    expect(await tick()).toBe(1);
    expect(await rows()).toEqual([]);
  });

  it.each<[string, JobHandler]>([
    [
      'throws',
      () => {
        throw new Error('a defect');
      },
    ],
    [
      'rejects',
      () =>
        okAsync(1).map(() => {
          throw new Error('a defect');
        }),
    ],
  ])('takes a handler that %s for a failure and lives on', async (_, broken) => {
    const { enqueue, lines, rows, worker } = world();
    await enqueue('broken');
    await enqueue('fine');
    const { tick } = worker({ broken, fine: () => okAsync(undefined) });
    expect(await tick()).toBe(2);
    expect(await rows()).toMatchObject([{ kind: 'broken', lastError: 'defect', attempts: 1 }]);
    expect(lines).toContain('a job handler threw');
  });

  it('does a repeating job again at the time it asked for', async () => {
    const { clock, enqueue, rows, worker } = world();
    await enqueue('sweep');
    const { tick } = worker({ sweep: () => okAsync({ again: plus(clock.now(), MINUTE) }) });
    expect([await tick(), await tick()]).toEqual([1, 0]);
    expect(await rows()).toMatchObject([{ runAt: START + MINUTE, attempts: 0 }]);
    clock.advance(MINUTE);
    expect(await tick()).toBe(1);
  });

  it('has one job of each repeating kind, however often and from wherever it is started', async () => {
    const { clock, ids, rows, units } = world();
    const ensure = () => ensureRepeating({ units, ids, clock }, ['sweep', 'reap']);
    const results = await Promise.all([ensure(), ensure(), ensure()]);
    expect(results.every((result) => result.isOk())).toBe(true);
    expect((await rows()).map(({ kind }) => kind).sort()).toEqual(['reap', 'sweep']);
  });

  it('holds no more jobs at a time than it may, and takes the next as soon as one is done', async () => {
    const { enqueue, rows, wake, worker } = world();
    for (let i = 0; i < 5; i += 1) await enqueue('slow');
    const held: (() => void)[] = [];
    const most: number[] = [];
    const slow: JobHandler = () => {
      const done = new Promise<void>((resolve) => held.push(resolve));
      most.push(held.length);
      return ResultAsync.fromSafePromise(done);
    };
    const { start, drain } = worker({ slow }, { concurrency: 2 });
    start();
    for (let left = 5; left > 0; left -= 1) {
      await settled(() => held.length === Math.min(left, 2));
      held.shift()?.();
    }
    await settled(async () => (await rows()).length === 0);
    wake();
    await drain();
    expect(most).toEqual([1, 2, 2, 2, 2]);
    expect(await rows()).toEqual([]);
  });

  it('finds jobs that come while it waits', async () => {
    const { enqueue, rows, wake, worker } = world();
    const { start, drain } = worker({ greet: () => okAsync(undefined) });
    start();
    await settled(() => false);
    await enqueue('greet');
    wake();
    await settled(async () => (await rows()).length === 0);
    expect(await rows()).toEqual([]);
    await drain();
  });

  it('keeps its lease while a job takes longer than that, so that nobody else begins it', async () => {
    const { clock, enqueue, wake, worker } = world();
    await enqueue('slow');
    const slow = heldUp();
    const [mine, other] = [worker({ slow: slow.handler }), worker({ slow: slow.handler })];
    const running = mine.tick();
    await settled(() => slow.begun() === 1);
    for (let i = 0; i < 6; i += 1) {
      clock.advance(10 * SECOND);
      wake();
      await settled(() => false);
      expect(await other.tick()).toBe(0);
    }
    slow.letGo();
    expect(await running).toBe(1);
    expect(slow.begun()).toBe(1);
  });

  it('leaves the job of a worker that died to another within the lease', async () => {
    const { clock, enqueue, rows, worker } = world();
    await enqueue('slow');
    const dead = heldUp();
    void worker({ slow: dead.handler }, { sleep: () => new Promise(() => undefined) }).tick();
    await settled(() => dead.begun() === 1);
    const { tick } = worker({ slow: () => okAsync(undefined) });
    clock.advance(30 * SECOND - 1);
    expect(await tick()).toBe(0);
    clock.advance(1);
    expect(await tick()).toBe(1);
    expect(await rows()).toEqual([]);
  });

  it('waits for what is running when it is drained, and begins nothing new', async () => {
    const { enqueue, rows, worker } = world();
    await enqueue('slow');
    const slow = heldUp();
    const { start, drain } = worker({ slow: slow.handler });
    start();
    await settled(() => slow.begun() === 1);
    let drained = false;
    const draining = drain().then(() => {
      drained = true;
    });
    await enqueue('slow');
    await settled(() => drained);
    expect(drained).toBe(false);
    slow.letGo();
    await draining;
    expect(slow.begun()).toBe(1);
    expect(await rows()).toHaveLength(1);
  });

  it('goes on after the queue could not be reached, or threw', async () => {
    const { enqueue, jobs, lines, rows, wake, worker } = world();
    await enqueue('greet');
    let calls = 0;
    const claim: Jobs['claim'] = (...args) => {
      calls += 1;
      if (calls === 1) throw new Error('a defect');
      return calls === 2 ? errAsync(DOWN) : jobs.claim(...args);
    };
    const { start, drain } = worker({ greet: () => okAsync(undefined) }, { jobs: { ...jobs, claim } });
    start();
    await settled(() => calls === 1);
    wake();
    await settled(() => calls === 2);
    wake();
    await settled(async () => (await rows()).length === 0);
    expect(await rows()).toEqual([]);
    expect(lines).toEqual(['claiming jobs threw', 'jobs cannot be claimed']);
    await drain();
  });
});
