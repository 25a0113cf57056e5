import { errAsync, type ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../../../src/adapters/memory/kit/store.js';
import { fixedClock } from '../../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryStorageCounts } from '../../../../../src/adapters/memory/storage/counts.js';
import { memoryStorageMeter } from '../../../../../src/adapters/memory/storage/meter.js';
import { memoryObjects } from '../../../../../src/adapters/memory/storage/object-store.js';
import { type BucketRow, TABLES } from '../../../../../src/adapters/memory/storage/rows.js';
import { systemIds } from '../../../../../src/adapters/system/ids.js';
import { countBuckets } from '../../../../../src/application/storage/metering/count-buckets.js';
import type { AccountId } from '../../../../../src/domain/shared/ids.js';
import { DAY, HOUR, SECOND } from '../../../../../src/domain/shared/time.js';
import type { ObjectKey } from '../../../../../src/domain/storage/object-key.js';
import type { ObjectStore } from '../../../../../src/ports/storage/object-store.js';
import { AT, newId } from '../../../../support/accounts.js';
import { DOWN, value } from './stage.js';

const account = newId() as AccountId;

/** Buckets of which nothing was counted at write, and a process that lists them. */
const world = async () => {
  const clock = fixedClock(AT);
  const store = memoryStore();
  const objects = memoryObjects({ clock, ids: systemIds });
  const meter = memoryStorageMeter(store);
  const counts = memoryStorageCounts(store);
  const add = async (): Promise<string> => {
    const id = newId();
    const row = { id, accountId: account, bucketName: id, status: 'active', createdAt: clock.now() };
    await value(store.run((tx) => tx.table<BucketRow>(TABLES.buckets).put(id, row as BucketRow)));
    await value(objects.createBucket(id));
    return id;
  };
  const put = (bucket: string, name: string, bytes: number) =>
    value(
      objects.put(
        bucket,
        name as ObjectKey,
        (async function* () {
          yield new Uint8Array(bytes);
        })(),
        {
          length: bytes,
          maxBytes: bytes,
        },
      ),
    );
  const bytes = async (bucket: string) =>
    (await value(meter.sizesOf(account))).find(({ bucketId }) => bucketId === bucket)?.bytes ?? 0;
  const count = (through: Partial<ObjectStore> = {}) =>
    value(countBuckets({ clock, counts, objects: { ...objects, ...through } })());
  /** Lists, and puts right when everybody has had the time to hand over. */
  const countAll = async (through?: Partial<ObjectStore>) => {
    await count(through);
    clock.advance(10 * SECOND);
    await count(through);
  };
  return { clock, objects, meter, add, put, bytes, count, countAll };
};

describe('The daily count', () => {
  it('puts right what nobody counted, once a day', async () => {
    const { clock, add, put, bytes, countAll } = await world();
    const bucket = await add();
    await put(bucket, 'a', 100);
    await countAll();
    expect(await bytes(bucket)).toBe(0);
    clock.advance(DAY);
    await countAll();
    expect(await bytes(bucket)).toBe(100);
    await put(bucket, 'b', 5);
    await countAll();
    expect(await bytes(bucket)).toBe(100);
    clock.advance(DAY);
    await countAll();
    expect(await bytes(bucket)).toBe(105);
  });

  it('waits with its verdict for what was counted and not handed over yet', async () => {
    const { clock, meter, add, put, bytes, count } = await world();
    const bucket = await add();
    clock.advance(DAY);
    await put(bucket, 'a', 100);
    const change = { accountId: account, bucketId: bucket, at: clock.now(), freed: { bytes: 0, objects: 0 } };
    await count();
    clock.advance(9 * SECOND);
    await count();
    await value(meter.add([{ ...change, added: { bytes: 100, objects: 1 } }]));
    clock.advance(SECOND);
    await count();
    expect(await bytes(bucket)).toBe(100);
  });

  it('goes on at the page at which another process was killed, and lists no page twice', async () => {
    const { clock, objects, add, put, bytes, count, countAll } = await world();
    const bucket = await add();
    for (let n = 0; n < 2_500; n += 1) await put(bucket, String(n).padStart(4, '0'), 1);
    clock.advance(DAY);
    const listed: (string | undefined)[] = [];
    const watched: ObjectStore['list'] = (name, request) => {
      listed.push(request.after);
      return objects.list(name, request);
    };
    const dying: ObjectStore['list'] = (name, request) => {
      if (listed.length === 2) throw new Error('the process died');
      return watched(name, request);
    };
    await expect(count({ list: dying })).rejects.toThrow('died');
    await countAll({ list: watched });
    expect(listed).toEqual([undefined, '0999', '1999']);
    expect(await bytes(bucket)).toBe(2_500);
  });

  it('counts every other bucket when one cannot be listed, and that one an hour later', async () => {
    const { clock, objects, add, put, bytes, countAll } = await world();
    const [broken, ...fine] = [await add(), await add(), await add()];
    for (const bucket of [broken, ...fine]) await put(bucket, 'a', 10);
    clock.advance(DAY);
    const list: ObjectStore['list'] = (name, request): ReturnType<ObjectStore['list']> =>
      name === broken ? (errAsync(DOWN) as ResultAsync<never, typeof DOWN>) : objects.list(name, request);
    await countAll({ list });
    expect(await Promise.all([broken, ...fine].map(bytes))).toEqual([0, 10, 10]);
    clock.advance(HOUR);
    await countAll();
    expect(await bytes(broken)).toBe(10);
  });
});
