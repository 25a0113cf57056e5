import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { plus, SECOND } from '../../../src/domain/shared/time.js';
import type { ClaimedJob, NewJob } from '../../../src/ports/shared/jobs.js';
import type { Sealed } from '../../../src/ports/shared/sealer.js';
import { AT, newId, type SharedRig } from './shared.rig.js';

const LEASE = 30 * SECOND;
const job = (kind: string, overrides: Partial<NewJob> = {}): NewJob => ({
  id: newId(),
  kind,
  payload: { bucket: 'häuser', tries: [1, 2] },
  runAt: AT,
  ...overrides,
});

export const jobsContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Jobs: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });
    const enqueue = async (...jobs: readonly NewJob[]): Promise<void> => {
      for (const each of jobs) (await rig.units.run((tx) => tx.jobs.enqueue(each)))._unsafeUnwrap();
    };
    const claim = async (kind: string, at = AT, limit = 10): Promise<readonly ClaimedJob[]> =>
      (await rig.jobs.claim([kind], limit, at, plus(at, LEASE)))._unsafeUnwrap();
    const claimOne = async (kind: string, at = AT): Promise<ClaimedJob> => {
      const [claimed] = await claim(kind, at);
      if (claimed === undefined) throw new Error('nothing to claim');
      return claimed;
    };
    const idsOf = (jobs: readonly NewJob[]) => jobs.map(({ id }) => id);

    it('hands a job out as it was enqueued, on its first attempt', async () => {
      const kind = newId();
      const full = job(kind, { key: newId(), accountId: await rig.newAccount(), sealed: 'sealed' as Sealed });
      await enqueue(full);
      expect(await claim(kind)).toEqual([{ ...full, attempts: 1, epoch: 1 }]);
    });

    it('has no job of a unit that answered Err', async () => {
      const kind = newId();
      const result = await rig.units.run((tx) =>
        tx.jobs.enqueue(job(kind)).andThen(() => errAsync('changed my mind')),
      );
      expect(result).toEqual(err('changed my mind'));
      expect(await claim(kind)).toEqual([]);
    });

    it('gives due jobs of the asked kinds, oldest first, no more than asked for', async () => {
      const kind = newId();
      const [second, first, third] = [AT, plus(AT, -1), AT].map((runAt) => job(kind, { runAt }));
      const early = job(kind, { runAt: plus(AT, 1) });
      await enqueue(second!, first!, third!, early, job(newId()));
      expect(idsOf(await claim(kind, AT, 2))).toEqual(idsOf([first!, second!]));
      expect(idsOf(await claim(kind, AT))).toEqual(idsOf([third!]));
      expect(idsOf(await claim(kind, plus(AT, 1)))).toEqual(idsOf([early]));
    });

    it('holds at most one job with a key, waiting or running, and takes the next once that is done', async () => {
      const [kind, key] = [newId(), newId()];
      const [one, two, three] = [job(kind, { key }), job(kind, { key }), job(kind, { key })];
      await enqueue(one, two);
      const claimed = await claimOne(kind);
      await enqueue(three);
      expect(claimed.id).toBe(one.id);
      expect(await claim(kind)).toEqual([]);
      expect(await rig.jobs.complete(claimed)).toEqual(ok(undefined));
      await enqueue(three);
      expect(idsOf(await claim(kind))).toEqual([three.id]);
    });

    it('keeps one of many jobs with one key that are enqueued at once', async () => {
      const [kind, key] = [newId(), newId()];
      const results = await Promise.all(
        Array.from({ length: 6 }, () => rig.units.run((tx) => tx.jobs.enqueue(job(kind, { key })))),
      );
      expect(results).toEqual(Array(6).fill(ok(undefined)));
      expect(await claim(kind)).toHaveLength(1);
    });

    it('keeps a claimed job from others until its lease has run out, and counts the attempts', async () => {
      const kind = newId();
      await enqueue(job(kind));
      await claimOne(kind);
      expect(await claim(kind, plus(AT, LEASE - 1))).toEqual([]);
      expect(await claimOne(kind, plus(AT, LEASE))).toMatchObject({ attempts: 2, epoch: 2 });
    });

    it('keeps a job for whoever extends the lease', async () => {
      const kind = newId();
      await enqueue(job(kind));
      const held = await claimOne(kind);
      expect(await rig.jobs.extend(held, plus(AT, 2 * LEASE))).toEqual(ok(undefined));
      expect(await claim(kind, plus(AT, LEASE))).toEqual([]);
      expect(await claim(kind, plus(AT, 2 * LEASE))).toHaveLength(1);
    });

    it('takes no word from a worker whose job another has', async () => {
      const kind = newId();
      await enqueue(job(kind));
      const [late, now] = [await claimOne(kind), await claimOne(kind, plus(AT, LEASE))];
      const lost = err({ kind: 'lease_lost', id: late.id });
      expect(await rig.jobs.complete(late)).toEqual(lost);
      expect(await rig.jobs.release(late, AT, 'failed')).toEqual(lost);
      expect(await rig.jobs.extend(late, plus(AT, 9 * LEASE))).toEqual(lost);
      expect(await rig.jobs.complete(now)).toEqual(ok(undefined));
      expect(await rig.jobs.complete(now)).toEqual(lost);
    });

    it('takes the verdict of a late worker while nobody else has claimed the job', async () => {
      const kind = newId();
      await enqueue(job(kind));
      const late = await claimOne(kind);
      expect(await rig.jobs.complete(late)).toEqual(ok(undefined));
      expect(await claim(kind, plus(AT, LEASE))).toEqual([]);
    });

    it('puts a failed job back for later and goes on counting', async () => {
      const kind = newId();
      await enqueue(job(kind));
      const failed = await claimOne(kind);
      expect(await rig.jobs.release(failed, plus(AT, SECOND), 'unavailable')).toEqual(ok(undefined));
      expect(await rig.jobs.release(failed, AT, 'unavailable')).toEqual(
        err({ kind: 'lease_lost', id: failed.id }),
      );
      expect(await claim(kind)).toEqual([]);
      expect(await claimOne(kind, plus(AT, SECOND))).toMatchObject({ id: failed.id, attempts: 2 });
    });

    it('lets a job that repeats start afresh', async () => {
      const kind = newId();
      await enqueue(job(kind, { key: kind }));
      const done = await claimOne(kind);
      expect(await rig.jobs.release(done, plus(AT, SECOND))).toEqual(ok(undefined));
      expect(await claimOne(kind, plus(AT, SECOND))).toMatchObject({ id: done.id, attempts: 1, epoch: 2 });
    });

    it('gives each job to one of several workers that claim at the same moment', async () => {
      const kind = newId();
      const jobs = Array.from({ length: 20 }, () => job(kind));
      await enqueue(...jobs);
      const claims = await Promise.all(Array.from({ length: 6 }, () => claim(kind, AT, 4)));
      const claimed = idsOf(claims.flat());
      expect(new Set(claimed).size).toBe(claimed.length);
      const rest = await claim(kind, AT, 20);
      expect([...claimed, ...idsOf(rest)].sort()).toEqual(idsOf(jobs).sort());
    });
  });
