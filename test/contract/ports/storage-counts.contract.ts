import { ok, type ResultAsync } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, plus, SECOND } from '../../../src/domain/shared/time.js';
import type { MeteredBucket, StorageCount } from '../../../src/ports/storage/meter.js';
import { aBucket, change, type MeterRig, START } from './storage-meter.rig.js';

const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();
const present = <T>(given: T | undefined): T => {
  if (given === undefined) throw new Error('it is not there');
  return given;
};

const NEXT = plus(START, 2 * DAY);

/** Listings by which a ledger is put right; only what came or left meanwhile is doubtful. */
export const storageCountsContract = (rigOf: () => MeterRig) =>
  describe('puts its ledger right', () => {
    let rig: MeterRig;
    let bucket: MeteredBucket;
    beforeEach(async () => {
      rig = rigOf();
      bucket = await aBucket(rig, START);
    });
    const due = async (at = START, every = DAY) =>
      (await value(rig.counts.due(at, every, 1_000))).map(({ bucketId }) => bucketId);
    const add = (at: number, bytes: number) => value(rig.meter.add([change(bucket, plus(START, at), bytes)]));
    const used = async () => (await value(rig.meter.usedBy(bucket.accountId))).bytes;
    const begin = () => value(rig.counts.begin(bucket));
    /** One page that shows so many bytes in one object each. */
    const listed = async (count: StorageCount, bytes: number, objects = 1) =>
      present(await value(rig.counts.advance(count, { listed: { bytes, objects } })));
    const correct = (count: StorageCount, after = 100) =>
      value(rig.counts.correct(count, plus(START, after), NEXT));

    it('finds active buckets a day after they were made or counted, those first that wait longest', async () => {
      const younger = await aBucket(rig, plus(START, HOUR));
      const deleting = await aBucket(rig, START, 'deleting');
      const mine = async (at: number) =>
        (await due(plus(START, at))).filter((id) =>
          [bucket, younger, deleting].some(({ bucketId }) => id === bucketId),
        );
      expect(await mine(DAY - 1)).toEqual([]);
      expect(await mine(DAY)).toEqual([bucket.bucketId]);
      expect(await mine(DAY + HOUR)).toEqual([bucket.bucketId, younger.bucketId]);
      await value(rig.counts.putOff(bucket, plus(START, 2 * DAY)));
      expect(await mine(DAY + HOUR)).toEqual([younger.bucketId]);
      expect(await mine(2 * DAY)).toEqual([younger.bucketId, bucket.bucketId]);
      const [first] = await value(rig.counts.due(plus(START, 100 * DAY), DAY, 1));
      expect(first?.bucketName).toMatch(/^th-/);
    });

    it('goes on where the count stopped, whoever does, and only once from each place', async () => {
      const begun = await begin();
      expect(begun).toEqual({ ...bucket, step: 0, isWhole: false, listed: { bytes: 0, objects: 0 } });
      const page = { listed: { bytes: 7, objects: 2 }, after: 'ä/key' };
      const next = present(await value(rig.counts.advance(begun, page)));
      expect(next).toMatchObject({ after: 'ä/key', listed: { bytes: 7, objects: 2 }, isWhole: false });
      expect(await rig.counts.advance(begun, page)).toEqual(ok(undefined));
      expect(await begin()).toEqual(next);
      const whole = await listed(next, 3);
      expect(whole).toMatchObject({ listed: { bytes: 10, objects: 3 }, isWhole: true });
      expect(await rig.counts.advance(whole, page)).toEqual(ok(undefined));
    });

    it('corrects by all of the difference when nothing came or left meanwhile, from that moment on', async () => {
      await add(0, 100);
      const whole = await listed(await begin(), 70, 4);
      expect(await used()).toBe(100);
      await correct(whole);
      expect(await rig.meter.sizesOf(bucket.accountId)).toEqual(
        ok([{ bucketId: bucket.bucketId, bytes: 70, objects: 4 }]),
      );
      expect(await rig.hoursOf(bucket.bucketId)).toMatchObject([{ byteMs: 10_000n, bytes: 70 }]);
      expect(await due(plus(NEXT, -1))).not.toContain(bucket.bucketId);
      expect(await due(NEXT)).toContain(bucket.bucketId);
    });

    it('leaves a ledger alone that is right, and one whose count is over or not whole', async () => {
      await add(0, 100);
      const before = await rig.hoursOf(bucket.bucketId);
      const begun = await begin();
      await correct(begun);
      await correct(await listed(begun, 100));
      expect(await rig.hoursOf(bucket.bucketId)).toEqual(before);
      const again = await listed(await begin(), 90);
      await correct(again);
      await correct(again);
      expect(await used()).toBe(90);
    });

    it('loses and doubles nothing of what is written while it lists', async () => {
      await add(0, 100);
      const begun = await begin();
      await add(SECOND, 40);
      await add(2 * SECOND, -30);
      // The listing has passed where the 40 came, and not yet come to where the 30 left: it shows 70.
      await correct(await listed(begun, 70, 0), 3 * SECOND);
      expect(await used()).toBe(110);
    });

    it('corrects what the writing meanwhile cannot explain, and what came later counts on top', async () => {
      await add(0, 100);
      const begun = await begin();
      await add(SECOND, 40);
      const whole = await listed(begun, 60, 1);
      await add(2 * SECOND, 5);
      // 145 in the ledger, 60 seen; 45 may have come behind the listing's back: 40 are lost.
      await correct(whole, 3 * SECOND);
      expect(await used()).toBe(105);
    });

    it('forgets the count of a bucket that ends', async () => {
      await add(0, 100);
      const whole = await listed(await begin(), 70);
      await value(rig.meter.end(bucket, plus(START, 1)));
      await correct(whole);
      expect(await used()).toBe(0);
    });

    it('lets no change fall between the beginning of a count and the ledger', async () => {
      await add(0, 100);
      const many = Array.from({ length: 10 }, (_, n) => add(n, 10));
      const begun = await begin();
      await Promise.all(many);
      // All is seen, whatever of it came before the count and whatever after.
      await correct(await listed(begun, 200, 11));
      expect(await used()).toBe(200);
    });
  });
