import fc from 'fast-check';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, type Instant, instant, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import { newAccountId, newId } from '../../support/accounts.js';
import { aFileSystem } from '../../support/fleet.js';
import { aBucket } from '../../support/storage.js';
import { anHour, anInterval, type UsageRig } from './usage-readers.rig.js';

const START = instant(Date.UTC(2026, 0, 10));
const at = (hours: number, ms = 0): Instant => plus(START, hours * HOUR + ms);
const days = (...numbers: readonly number[]): readonly Instant[] => numbers.map((n) => at(24 * n));
const byMs = (bytes: number, ms: number): bigint => BigInt(bytes) * BigInt(ms);

export const usageReadersContract = (name: string, open: () => Promise<UsageRig>) =>
  describe(`UsageReaders: ${name}`, () => {
    const bucketIn = async (rig: UsageRig, account = newAccountId(), over = {}) => {
      const bucket = aBucket(account, over);
      await rig.addBucket(bucket);
      return bucket;
    };
    const stored = async (rig: UsageRig, ...asked: Parameters<UsageRig['readers']['stored']>) =>
      (await rig.readers.stored(...asked))._unsafeUnwrap();
    const ran = async (rig: UsageRig, ...asked: Parameters<UsageRig['readers']['ran']>) =>
      (await rig.readers.ran(...asked))._unsafeUnwrap();

    it('knows buckets with their latest size, deleted ones too, and of file systems the living ones', async () => {
      const rig = await open();
      const account = newAccountId();
      const [filled, empty, gone] = [
        await bucketIn(rig, account, { name: 'filled', status: 'active' }),
        await bucketIn(rig, account, { name: 'empty' }),
        await bucketIn(rig, account, { name: 'gone', status: 'deleted' }),
      ];
      await rig.addHour(anHour(filled, at(0), { bytes: 1, objects: 1 }));
      await rig.addHour(anHour(filled, at(5), { bytes: 5_000_000_000, objects: 3 }));
      await rig.addHour(anHour(gone, at(5), { bytes: -7, objects: -1 }));
      const [running, stopped, deleted] = [
        aFileSystem(account, { status: 'running', region: 'here' }),
        aFileSystem(account, { status: 'stopped' }),
        aFileSystem(account, { phase: 'deleted' }),
      ];
      for (const one of [running, stopped, deleted]) await rig.addFileSystem(one);
      await rig.addInterval(anInterval(running, at(1), at(2)));
      await rig.addInterval(anInterval(running, at(3)));
      await rig.addInterval(anInterval(stopped, at(1), at(2)));
      await bucketIn(rig);
      await rig.addFileSystem(aFileSystem(newAccountId()));
      const standing = ({ id, name: called, bucketName }: typeof filled) => ({
        id,
        name: called,
        bucketName,
      });
      expect(await rig.readers.resources(account)).toEqual(
        ok({
          buckets: [
            { ...standing(filled), living: true, bytes: 5_000_000_000, objects: 3 },
            { ...standing(empty), living: true, bytes: 0, objects: 0 },
            { ...standing(gone), living: false, bytes: 0, objects: 0 },
          ],
          fileSystems: [
            { id: running.id, region: 'here', status: 'running', runningSince: at(3) },
            { id: stopped.id, region: stopped.region, status: 'stopped' },
          ],
        }),
      );
    });

    it('sums the hours of a bucket by slot, and carries its size over hours without a row', async () => {
      const rig = await open();
      const bucket = await bucketIn(rig);
      // 100 bytes from 10:00, changed to 30 at 20:15; then nothing happens for a day and a half.
      await rig.addHour(anHour(bucket, at(10), { bytes: 100, lastAt: at(10), byteMs: 0n }));
      const change = at(20, 15 * MINUTE);
      await rig.addHour(
        anHour(bucket, at(20), { bytes: 30, lastAt: change, byteMs: byMs(100, 15 * MINUTE) }),
      );
      await rig.addHour(anHour(bucket, at(60), { bytes: 0, lastAt: at(60), byteMs: 0n }));
      const line = (slot: number, byteMs: bigint) => ({ bucketId: bucket.id, slot, byteMs });
      expect(await stored(rig, bucket.accountId, days(0, 1, 2, 3, 4), at(999))).toEqual([
        line(0, byMs(100, 10 * HOUR + 15 * MINUTE) + byMs(30, 3 * HOUR + 45 * MINUTE)),
        line(1, byMs(30, DAY)),
        line(2, byMs(30, 12 * HOUR)),
      ]);
      // A range that begins after the last change before it, and ends while it is still so.
      expect(await stored(rig, bucket.accountId, [at(30), at(31), at(32)], at(31, 30 * MINUTE))).toEqual([
        line(0, byMs(30, HOUR)),
        line(1, byMs(30, 30 * MINUTE)),
      ]);
      expect(await stored(rig, bucket.accountId, days(-2, -1, 0), at(999))).toEqual([]);
      expect(await stored(rig, bucket.accountId, days(3, 4), at(999))).toEqual([]);
      expect(await stored(rig, bucket.accountId, days(1), at(999))).toEqual([]);
      expect(await stored(rig, newAccountId(), days(0, 1), at(999))).toEqual([]);
    });

    it('holds what numbers cannot: petabytes over months', async () => {
      const rig = await open();
      const bucket = await bucketIn(rig);
      const bytes = 9_007_199_254_740_991;
      await rig.addHour(anHour(bucket, at(0), { bytes, lastAt: at(0), byteMs: 0n }));
      const [line] = await stored(rig, bucket.accountId, days(0, 31), at(999_999));
      expect(line?.byteMs).toBe(byMs(bytes, 31 * DAY));
    });

    it('keeps the time of deleted buckets, and takes a meter below nothing for nothing', async () => {
      const rig = await open();
      const bucket = await bucketIn(rig, newAccountId(), { status: 'deleted' });
      const lastAt = at(1, 10 * MINUTE);
      await rig.addHour(anHour(bucket, at(0), { bytes: 10, lastAt: at(0), byteMs: 0n }));
      await rig.addHour(anHour(bucket, at(1), { bytes: 0, lastAt, byteMs: byMs(10, 10 * MINUTE) }));
      await rig.addHour(anHour(bucket, at(2), { bytes: -5, lastAt: at(2, 1), byteMs: -5n }));
      expect(await stored(rig, bucket.accountId, days(0, 1), at(999))).toEqual([
        { bucketId: bucket.id, slot: 0, byteMs: byMs(10, HOUR + 10 * MINUTE) },
      ]);
    });

    it('spreads an hour that is cut evenly, and its parts sum to it wherever it is cut', async () => {
      const rig = await open();
      const bucket = await bucketIn(rig);
      const rows = [
        anHour(bucket, at(0), { bytes: 7, lastAt: at(0, 59 * MINUTE), byteMs: 1_234_567n }),
        anHour(bucket, at(1), { bytes: 3, lastAt: at(1, 1_001), byteMs: 1n }),
        anHour(bucket, at(3), { bytes: 11, lastAt: at(3, 13), byteMs: 77n }),
      ];
      for (const row of rows) await rig.addHour(row);
      const total = 1_234_567n + byMs(7, MINUTE) + 1n + byMs(3, 2 * HOUR - 1_001) + 77n + byMs(11, HOUR - 13);
      const half = await stored(rig, bucket.accountId, [at(0), at(0, (59 * MINUTE) / 2), at(4)], at(4));
      expect(half.map(({ byteMs }) => byteMs)).toEqual([1_234_567n / 2n, total - 1_234_567n / 2n]);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.integer({ min: 1, max: 4 * HOUR - 1 }), { maxLength: 8 }),
          async (cuts) => {
            const edges = [0, ...cuts.sort((a, b) => a - b), 4 * HOUR].map((ms) => at(0, ms));
            const parts = await stored(rig, bucket.accountId, edges, at(4));
            expect(parts.reduce((sum, { byteMs }) => sum + byteMs, 0n)).toBe(total);
          },
        ),
        { numRuns: 25 },
      );
    });

    it('cuts the intervals of file systems at slots, and ends those that are open at the moment of asking', async () => {
      const rig = await open();
      const account = newAccountId();
      const [a, b] = [newId(), newId()].sort().map((id) => aFileSystem(account, { id, phase: 'deleted' }));
      if (!a || !b) throw new Error('there are two');
      for (const one of [a, b]) await rig.addFileSystem(one);
      await rig.addInterval(anInterval(a, at(-30), at(-20)));
      await rig.addInterval(anInterval(a, at(23, 59 * MINUTE), at(24, 30 * SECOND)));
      await rig.addInterval(anInterval(a, at(30), at(30, 1)));
      await rig.addInterval(anInterval(a, at(31), at(31, 1)));
      await rig.addInterval(anInterval(a, at(40), at(41), { microsPerHour: 9_007_199_254_740_993n }));
      await rig.addInterval(anInterval(a, at(42), at(43), { label: 'elsewhere/small' }));
      await rig.addInterval(anInterval(b, at(47)));
      await rig.addInterval(anInterval(aFileSystem(newAccountId()), at(0), at(1)));
      const line = (fileSystemId: string, slot: number, ms: number, over = {}) => ({
        ...{ fileSystemId, slot, ms: BigInt(ms), label: 'local/local.standard', microsPerHour: 70_000n },
        ...over,
      });
      expect(await ran(rig, account, days(0, 1, 2, 3), at(49))).toEqual([
        line(a.id, 0, MINUTE),
        line(a.id, 1, HOUR, { label: 'elsewhere/small' }),
        line(a.id, 1, 30 * SECOND + 2),
        line(a.id, 1, HOUR, { microsPerHour: 9_007_199_254_740_993n }),
        line(b.id, 1, HOUR),
        line(b.id, 2, HOUR),
      ]);
      expect(await ran(rig, account, [at(24, 10 * SECOND), at(24, 20 * SECOND)], at(999))).toEqual([
        line(a.id, 0, 10 * SECOND),
      ]);
      expect(await ran(rig, account, days(1), at(999))).toEqual([]);
    });
  });
