import fc from 'fast-check';
import { ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { HOUR, plus, SECOND } from '../../../src/domain/shared/time.js';
import { withSteps } from '../../../src/domain/storage/storage-hours.js';
import type { MeteredBucket } from '../../../src/ports/storage/meter.js';
import { storageCountsContract } from './storage-counts.contract.js';
import { bucketOf, change, type MeterRig, START } from './storage-meter.rig.js';

const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();

/** The ledger of storage, and the listings that put it right. */
export const storageMeterContract = (name: string, open: () => Promise<MeterRig>, runs: number) =>
  describe(`StorageMeter: ${name}`, () => {
    let rig: MeterRig;
    let bucket: MeteredBucket;
    beforeAll(async () => {
      rig = await open();
    });
    const fresh = async (): Promise<MeteredBucket> => {
      bucket = bucketOf(await rig.newAccount());
      return bucket;
    };
    const add = (...changes: readonly ReturnType<typeof change>[]) => value(rig.meter.add(changes));
    const size = () => rig.meter.sizesOf(bucket.accountId);

    it('holds nothing of an account that never stored anything', async () => {
      await fresh();
      expect(await rig.meter.usedBy(bucket.accountId)).toEqual(ok({ bytes: 0, objects: 0 }));
      expect(await size()).toEqual(ok([]));
      await add();
      expect(await rig.hoursOf(bucket.bucketId)).toEqual([]);
    });

    it('keeps sizes, totals and the integral of every hour', async () => {
      const { accountId, bucketId } = await fresh();
      const beside = bucketOf(accountId);
      await add(change(bucket, plus(START, SECOND), 10), change(beside, START, 3));
      await add(change(bucket, plus(START, 3 * SECOND), 5), change(bucket, plus(START, 2 * HOUR), -10));
      expect(await rig.meter.usedBy(accountId)).toEqual(ok({ bytes: 8, objects: 2 }));
      const sizes = [
        { bucketId, bytes: 5, objects: 1 },
        { bucketId: beside.bucketId, bytes: 3, objects: 1 },
      ].sort((a, b) => (a.bucketId < b.bucketId ? -1 : 1));
      expect(await size()).toEqual(ok(sizes));
      expect(await rig.hoursOf(bucketId)).toEqual([
        { hour: START, byteMs: 20_000n, bytes: 15, objects: 2, lastAt: plus(START, 3 * SECOND) },
        { hour: plus(START, 2 * HOUR), byteMs: 0n, bytes: 5, objects: 1, lastAt: plus(START, 2 * HOUR) },
      ]);
    });

    it('holds more than a number of 32 bits, and integrals beyond one of 64', async () => {
      const { bucketId, accountId } = await fresh();
      await add(change(bucket, START, 2 ** 50), change(bucket, plus(START, HOUR - 1), 1));
      expect(await rig.meter.usedBy(accountId)).toEqual(ok({ bytes: 2 ** 50 + 1, objects: 2 }));
      expect((await rig.hoursOf(bucketId))[0]?.byteMs).toBe(2n ** 50n * BigInt(HOUR - 1));
    });

    it('counts all of what several processes add to the same buckets at once', async () => {
      const account = await rig.newAccount();
      const buckets = [1, 2, 3].map(() => bucketOf(account));
      const batches = Array.from({ length: 12 }, (_, n) =>
        (n % 2 ? buckets : buckets.toReversed()).map((one) => change(one, plus(START, n), 10)),
      );
      await Promise.all(batches.map((batch) => value(rig.meter.add(batch))));
      expect(await rig.meter.usedBy(account)).toEqual(ok({ bytes: 360, objects: 36 }));
      // 10 bytes since each of 0 … 11 milliseconds after the start.
      for (const { bucketId } of buckets)
        expect(await rig.hoursOf(bucketId)).toMatchObject([{ byteMs: 660n, bytes: 120, objects: 12 }]);
    });

    it('comes to the same, however changes are ordered and cut into batches', async () => {
      const some = fc.array(
        fc.record({
          after: fc.integer({ min: 0, max: 4 * HOUR }),
          bytes: fc.integer({ min: -1_000, max: 1_000 }),
        }),
        { minLength: 1, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 4 }), async (batches) => {
          const { bucketId } = await fresh();
          for (const batch of batches)
            await add(...batch.map(({ after, bytes }) => change(bucket, plus(START, after), bytes)));
          const steps = batches.flat().map(({ after, bytes }) => ({
            at: plus(START, after),
            bytes,
            objects: bytes < 0 ? -1 : 1,
          }));
          expect(await rig.hoursOf(bucketId)).toEqual(withSteps([], steps));
        }),
        { numRuns: runs },
      );
    });

    it('counts nothing below nothing towards the total', async () => {
      const { accountId } = await fresh();
      await add(change(bucket, START, -50), change(bucketOf(accountId), START, 20));
      expect(await rig.meter.usedBy(accountId)).toEqual(ok({ bytes: 20, objects: 1 }));
      expect((await value(size())).map(({ bytes }) => bytes).sort((a, b) => a - b)).toEqual([0, 20]);
    });

    it('ends a bucket with nothing in it, once and for all', async () => {
      const { accountId, bucketId } = await fresh();
      await add(change(bucket, START, 50));
      for (const after of [10, 20]) await value(rig.meter.end(bucket, plus(START, after)));
      await add(change(bucket, plus(START, 5), -50), change(bucket, plus(START, 30), 70));
      expect(await rig.meter.usedBy(accountId)).toEqual(ok({ bytes: 0, objects: 0 }));
      expect(await size()).toEqual(ok([]));
      expect(await rig.hoursOf(bucketId)).toEqual([
        { hour: START, byteMs: 500n, bytes: 0, objects: 0, lastAt: plus(START, 10) },
      ]);
    });

    storageCountsContract(() => rig);
  });
