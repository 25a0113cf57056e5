import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '../../../../../src/adapters/memory/storage/object-store.js';
import { systemIds } from '../../../../../src/adapters/system/ids.js';
import { bucketObjects } from '../../../../../src/application/storage/metering/bucket-objects.js';
import { MINUTE, SECOND } from '../../../../../src/domain/shared/time.js';
import type { Bucket } from '../../../../../src/domain/storage/bucket.js';
import type { ObjectKey } from '../../../../../src/domain/storage/object-key.js';
import { NOTHING, type StorageSize, sum } from '../../../../../src/domain/storage/storage-size.js';
import { kindOf, LIMIT, stage, value } from './stage.js';

const MOST = 8;
const BUCKET = 'th-bucket';
const FULL = 'storage_quota_exceeded';

/** A body that comes to its end, or breaks off, when somebody says so. */
const held = (bytes: number) => {
  let end: (isWhole: boolean) => void = () => undefined;
  const said = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  const body = async function* () {
    yield new Uint8Array(Math.floor(bytes / 2));
    if (!(await said)) throw new Error('broken off');
    yield new Uint8Array(Math.ceil(bytes / 2));
  };
  return { body: body(), end };
};

/** Some processes that store objects in one bucket. */
const world = async () => {
  const on = stage();
  const store = memoryObjects({ clock: on.clock, ids: systemIds });
  await value(store.createBucket(BUCKET));
  const bucket = { accountId: on.bucket.accountId, id: on.bucket.bucketId, bucketName: BUCKET } as Bucket;
  const start = () => {
    const metering = on.process(MOST);
    const running = new Set<Promise<string>>();
    return { metering, objects: bucketObjects({ objects: store, metering }, bucket), running };
  };
  const processes = [start(), start(), start()];
  const processOf = (who: number) => processes[who] ?? start();
  type Open = ReturnType<typeof held> & { readonly kind: Promise<string> };
  const open = new Set<Open>();
  let lost: StorageSize = NOTHING;
  return {
    lost: () => lost,
    all: () => Promise.all(processes.flatMap(({ running }) => [...running])),
    /** `isAnnounced`: says how much it is. */
    put: (who: number, key: string, bytes: number, isAnnounced = true) => {
      const content = held(bytes);
      const { objects, running } = processOf(who);
      const put = objects.put(key as ObjectKey, content.body, {
        ...(isAnnounced && { length: bytes }),
        maxBytes: 10_000,
      });
      const kind = kindOf(put);
      open.add({ ...content, kind });
      running.add(kind);
      void kind.then(() => running.delete(kind));
      return { kind, end: content.end };
    },
    end: (isWhole: boolean, some: (nth: number) => boolean) => {
      [...open].forEach((content, nth) => {
        if (!some(nth)) return;
        open.delete(content);
        content.end(isWhole);
      });
    },
    remove: (who: number, key: string) => kindOf(processOf(who).objects.deleteMany([key as ObjectKey])),
    /** Because somebody needs what was freed. */
    flush: (who: number) => value(processOf(who).metering.tally.flush()),
    second: async (seconds = 1) => {
      for (let n = 0; n < seconds; n += 1) {
        on.clock.advance(SECOND);
        await Promise.all(processes.map(({ metering }) => value(metering.settle())));
      }
    },
    /** What it stored and did not hand over nobody knows of; what it was storing is not stored. */
    die: async (who: number) => {
      const { metering, running } = processOf(who);
      processes[who] = start();
      for (const { kind, end } of open) if (running.has(kind)) end(false);
      await Promise.all(running);
      lost = sum(lost, metering.tally.owed(on.bucket.accountId));
    },
    stored: async (): Promise<StorageSize> => {
      const { entries } = await value(store.list(BUCKET, { prefix: '' as never, limit: 1_000 }));
      return entries
        .map((entry) => (entry.type === 'file' ? { bytes: entry.object.size, objects: 1 } : NOTHING))
        .reduce(sum, NOTHING);
    },
    counted: () => value(on.meter.usedBy(on.bucket.accountId)),
  };
};
type World = Awaited<ReturnType<typeof world>>;

const who = fc.nat(2);
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
const bytes = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(0, 1, 999, 1_000));
const deeds = {
  put: fc.record({ what: fc.constant('put' as const), who, key, bytes }),
  end: fc.record({ what: fc.constantFrom('finish' as const, 'break' as const), nth: fc.nat(3) }),
  remove: fc.record({ what: fc.constant('remove' as const), who, key }),
  second: fc.record({ what: fc.constant('second' as const) }),
  flush: fc.record({ what: fc.constant('flush' as const), who }),
  die: fc.record({ what: fc.constant('die' as const), who }),
};
const alive = [deeds.put, deeds.put, deeds.end, deeds.remove, deeds.second, deeds.flush];
type Deed = typeof deeds extends Record<string, fc.Arbitrary<infer One>> ? One : never;

const act = async (on: World, deed: Deed): Promise<void> => {
  if (deed.what === 'put') {
    const { kind, end } = on.put(deed.who, deed.key, deed.bytes);
    // Some are done at once, others linger until they are ended.
    if (deed.bytes % 2 === 0) end(true);
    expect(['ok', FULL]).toContain(await Promise.race([kind, Promise.resolve('ok')]));
  } else if (deed.what === 'remove') expect(await on.remove(deed.who, deed.key)).toBe('ok');
  else if (deed.what === 'second') await on.second();
  else if (deed.what === 'flush') await on.flush(deed.who);
  else if (deed.what === 'die') await on.die(deed.who);
  else on.end(deed.what === 'finish', (nth) => nth === deed.nth);
};

const steps = (...some: readonly fc.Arbitrary<Deed>[]) =>
  fc.array(fc.array(fc.oneof(...some), { minLength: 1, maxLength: 4 }), { maxLength: 14 });

const play = async (on: World, all: readonly (readonly Deed[])[]): Promise<void> => {
  for (const step of all) {
    await Promise.all(step.map((deed) => act(on, deed)));
    const [stored, lost] = [await on.stored(), on.lost()];
    expect(stored.bytes).toBeLessThanOrEqual(LIMIT + lost.bytes);
    expect(stored.objects).toBeLessThanOrEqual(MOST + lost.objects);
  }
  on.end(true, () => true);
  await on.all();
};

/** All that is left fits, and not a byte more. */
const fill = async (on: World): Promise<void> => {
  const { bytes, objects } = await on.counted();
  if (objects >= MOST) return;
  const rest = on.put(1, 'the rest', LIMIT - bytes);
  rest.end(true);
  expect(await rest.kind).toBe('ok');
  const more = on.put(2, 'more', 1);
  more.end(true);
  expect(await more.kind).toBe(FULL);
};

describe('Several processes that store for one project', () => {
  it('never store more together than it may, and refuse nothing that fits once two seconds have passed', async () => {
    await fc.assert(
      fc.asyncProperty(steps(...alive), async (all) => {
        const on = await world();
        await play(on, all);
        await on.second(2);
        expect(await on.counted()).toEqual(await on.stored());
        await fill(on);
        expect((await on.stored()).bytes).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 300 },
    );
  });

  it('go beyond it by what one that died had not handed over alone, and have its room again in a minute', async () => {
    await fc.assert(
      fc.asyncProperty(steps(...alive, deeds.die), async (all) => {
        const on = await world();
        await play(on, all);
        await on.second(2 + MINUTE / SECOND);
        await fill(on);
        const [stored, lost] = [await on.stored(), on.lost()];
        expect(stored.bytes).toBeLessThanOrEqual(LIMIT + lost.bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('give what one of them frees to the others a second later', async () => {
    const on = await world();
    const first = on.put(0, 'a', LIMIT);
    first.end(true);
    expect(await first.kind).toBe('ok');
    expect(await on.remove(1, 'a')).toBe('ok');
    const early = on.put(2, 'b', LIMIT);
    early.end(true);
    expect(await early.kind).toBe(FULL);
    await on.second();
    const late = on.put(2, 'b', LIMIT);
    late.end(true);
    expect(await late.kind).toBe('ok');
  });

  it('count on what is replaced only as long as just that is there', async () => {
    const on = await world();
    const old = on.put(0, 'a', 600);
    old.end(true);
    expect(await old.kind).toBe('ok');
    const over = on.put(1, 'a', 900);
    await on.second(2);
    expect(await on.remove(0, 'a')).toBe('ok');
    const beside = on.put(0, 'b', 600);
    beside.end(true);
    expect(await beside.kind).toBe('ok');
    over.end(true);
    expect(await over.kind).toBe(FULL);
    expect(await on.stored()).toEqual({ bytes: 600, objects: 1 });
  });

  it('hold bodies that do not say how much they are to what is left', async () => {
    const on = await world();
    const bodies = [0, 1, 2].flatMap((one) => [
      on.put(one, `a${one}`, 300, false),
      on.put(one, `b${one}`, 200, false),
    ]);
    on.end(true, () => true);
    await Promise.all(bodies.map(({ kind }) => kind));
    const { bytes } = await on.stored();
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(LIMIT);
    await on.second(2);
    await fill(on);
  });
});
