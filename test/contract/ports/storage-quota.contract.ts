import { okAsync, type ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryObjects } from '../../../src/adapters/memory/storage/object-store.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { bucketObjects } from '../../../src/application/storage/metering/bucket-objects.js';
import { storageMetering } from '../../../src/application/storage/metering/metering.js';
import type { EntitlementDecision } from '../../../src/domain/entitlements/decision.js';
import { SECOND } from '../../../src/domain/shared/time.js';
import type { Bucket } from '../../../src/domain/storage/bucket.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import type { StorageSize } from '../../../src/domain/storage/storage-size.js';
import type { StorageAllotments } from '../../../src/ports/storage/allotments.js';
import type { StorageLimits } from '../../../src/ports/storage/limits.js';
import type { StorageMeter } from '../../../src/ports/storage/meter.js';
import { bucketOf, type MeterRig, START } from './storage-meter.rig.js';

const LIMIT = 100_000;
const BUCKET = 'th-quota';
const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();

const refusal = (used: number): EntitlementDecision => ({
  feature: 'storage_bytes',
  outcome: 'block',
  reason: 'limit_reached',
  source: 'plan',
  limit: BigInt(LIMIT),
  used: BigInt(used),
  asOf: START,
});
const rule = (used: StorageSize, more: StorageSize) =>
  more.bytes > 0 && used.bytes + more.bytes > LIMIT ? refusal(used.bytes) : undefined;
const limits: StorageLimits = {
  ruleFor: () => okAsync(Object.assign(rule, { ceiling: { bytes: LIMIT } })),
};

/** What one process knows of the ledger. */
export type Connection = { readonly meter: StorageMeter; readonly allotments: StorageAllotments };
export type QuotaRig = {
  readonly rig: MeterRig;
  /** Each has connections of its own. */
  readonly processes: readonly Connection[];
};

const body = async function* (bytes: number) {
  yield new Uint8Array(bytes);
};

/** Two processes, complete with all that counts and limits what they store, on one ledger and one store. */
const stage = async ({ rig, processes }: QuotaRig) => {
  const clock = fixedClock(START);
  const store = memoryObjects({ clock, ids: systemIds });
  await value(store.createBucket(BUCKET));
  const { accountId, bucketId } = bucketOf(await rig.newAccount());
  const bucket = { accountId, id: bucketId, bucketName: BUCKET } as Bucket;
  const stacks = processes.map((connection) => {
    const metering = storageMetering({ ...connection, clock, ids: systemIds, limits });
    return { metering, objects: bucketObjects({ objects: store, metering }, bucket) };
  });
  const stackOf = (n: number) => {
    const stack = stacks[n % stacks.length];
    if (!stack) throw new Error('there are some');
    return stack;
  };
  return {
    put: async (n: number, key: string, bytes: number): Promise<string> => {
      const options = { length: bytes, maxBytes: LIMIT };
      const put = await stackOf(n).objects.put(key as ObjectKey, body(bytes), options);
      return put.isOk() ? 'ok' : put.error.kind;
    },
    remove: (n: number, key: string) => value(stackOf(n).objects.deleteMany([key as ObjectKey])),
    second: async () => {
      clock.advance(SECOND);
      await Promise.all(stacks.map(({ metering }) => value(metering.settle())));
    },
    stored: async (): Promise<number> => {
      const { entries } = await value(store.list(BUCKET, { prefix: '' as never, limit: 1_000 }));
      return entries.reduce((all, entry) => all + (entry.type === 'file' ? entry.object.size : 0), 0);
    },
    counted: async () => (await value(rig.meter.usedBy(accountId))).bytes,
  };
};

/** The quota of a project over several processes. */
export const storageQuotaContract = (name: string, open: () => Promise<QuotaRig>) =>
  describe(`A quota over two processes: ${name}`, () => {
    it('is never passed by what they store side by side, and is used up to the byte in the end', async () => {
      const { put, second, stored, counted } = await stage(await open());
      let left = Array.from({ length: 150 }, (_, n) => n);
      for (let round = 0; round < 5; round += 1) {
        const kinds = await Promise.all(left.map((n) => put(n, `k${n}`, 1_000)));
        left = left.filter((_, at) => kinds[at] !== 'ok');
        expect(await stored()).toBe((150 - left.length) * 1_000);
        expect(await stored()).toBeLessThanOrEqual(LIMIT);
        await second();
      }
      expect([await stored(), await counted()]).toEqual([LIMIT, LIMIT]);
    });

    it('is kept while objects come, go and are replaced, and lets in all that fits afterwards', async () => {
      const { put, remove, second, stored, counted } = await stage(await open());
      for (let round = 0; round < 12; round += 1) {
        const deeds = Array.from({ length: 40 }, (_, n) => {
          const key = `k${(n * 7 + round * 3) % 29}`;
          if ((n + round) % 5 === 0) return remove(n, key);
          return put(n + round, key, ((n * 613 + round * 211) % 9_000) + 1);
        });
        await Promise.all(deeds);
        expect(await stored()).toBeLessThanOrEqual(LIMIT);
        if (round % 3 === 2) await second();
      }
      await second();
      await second();
      expect(await counted()).toBe(await stored());
      const rest = LIMIT - (await stored());
      expect(await put(0, 'the rest', rest)).toBe('ok');
      expect(await put(1, 'more', 1)).toBe('storage_quota_exceeded');
      expect(await stored()).toBe(LIMIT);
    });
  });
