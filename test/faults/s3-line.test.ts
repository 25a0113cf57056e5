import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agents, openAgents } from '../../src/adapters/kit/outbound.js';
import { s3Objects } from '../../src/adapters/s3/s3-objects.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import type { ForeignStore } from '../../src/ports/storage/foreign-stores.js';
import { bytesOf, key, newBucket, pieces, prefix, put } from '../contract/ports/object-store.rig.js';
import { toldJournal } from '../support/journal.js';
import { NOWHERE, openUploadsIn, s3Server } from './support/s3-server.js';
import { type Shim, shim, type Trouble } from './support/shim.js';

const MIB = 1024 * 1024;
const server = s3Server();
const there = server ?? NOWHERE;

describe.skipIf(!server)('S3 over a line on which things go wrong', () => {
  let line: Shim;
  let agents: Agents;
  let direct: ForeignStore;
  let store: ForeignStore;
  let written: ReturnType<typeof toldJournal>;
  let bucket: string;
  beforeEach(async () => {
    line = await shim(there.endpoint);
    agents = openAgents();
    written = toldJournal();
    const open = (endpoint: string) =>
      s3Objects({
        address: { provider: 's3compat', ...there, endpoint },
        journal: written.journal,
        clock: systemClock,
        agents,
      });
    [direct, store] = [open(there.endpoint), open(line.endpoint)];
    bucket = await newBucket(direct);
  });
  afterEach(async () => {
    agents.http.destroy();
    await line.close();
  });

  const openUploads = () => openUploadsIn(there, bucket);
  /** What whoever reaps does: aborts what is written down, and nothing else. */
  const reap = async () => {
    for (const upload of written.open()) (await direct.abortUpload(upload))._unsafeUnwrap();
  };
  const keys = async (): Promise<readonly string[]> => {
    const { entries } = (await direct.list(bucket, { prefix: prefix(''), limit: 100 }))._unsafeUnwrap();
    return entries.map((entry) => (entry.type === 'file' ? entry.object.key : entry.prefix));
  };
  const megabytes = (count: number) => Array.from({ length: count }, (_, n) => Buffer.alloc(MIB, `${n} `));
  const putMegabytes = (count: number, length?: number) =>
    store.put(bucket, key('k'), pieces(...megabytes(count)), { length, maxBytes: 1_000 * MIB });

  /** Connections that somebody holds. */
  const inUse = (): number => Object.values(agents.http.sockets).flat().length;

  const keepEight = async () => {
    const options = { length: 8 * MIB, maxBytes: 8 * MIB };
    (await direct.put(bucket, key('k'), pieces(...megabytes(8)), options))._unsafeUnwrap();
  };

  const CUTS = [1, 700, 64 * 1024, 3 * MIB, 20 * MIB, 33 * MIB];
  for (const after of CUTS)
    it(`stores all or nothing when it is cut after ${after} bytes of a request`, async () => {
      line.trouble({ kind: 'cut', way: 'up', after });
      const outcomes = [
        await put(store, bucket, 'small', Buffer.alloc(5_000)),
        await store.put(bucket, key('known'), pieces(...megabytes(40)), {
          length: 40 * MIB,
          maxBytes: 100 * MIB,
        }),
        await putMegabytes(40),
      ];
      const stored = await keys();
      for (const [n, name] of ['small', 'known', 'k'].entries()) {
        const outcome = outcomes[n];
        if (outcome?.isErr()) expect([name, outcome.error.kind]).toEqual([name, 'unavailable']);
        expect(stored.includes(name)).toBe(outcome?.isOk());
      }
      expect(written.open().map(({ uploadId }) => uploadId)).toEqual(await openUploads());
      await reap();
      expect(await openUploads()).toEqual([]);
    });

  it('says that it is unavailable when the server is busy, and leaves nothing', async () => {
    line.trouble({ kind: 'busy' });
    const outcomes = [
      await put(store, bucket, 'k', 'x'),
      await putMegabytes(20),
      await putMegabytes(2, 2 * MIB),
    ];
    expect(outcomes.map((outcome) => outcome._unsafeUnwrapErr().kind)).toEqual(Array(3).fill('unavailable'));
    expect([await keys(), await openUploads(), written.open()]).toEqual([[], [], []]);
  });

  it('finds an upload in parts complete although the answer was lost', async () => {
    line.trouble({ kind: 'reply_lost', when: (head) => /^POST \S+\?.*uploadId=/.test(head) });
    expect((await putMegabytes(20))._unsafeUnwrap().size).toBe(20 * MIB);
    expect(await keys()).toEqual(['k']);
    expect([await openUploads(), written.open()]).toEqual([[], []]);
  });

  it('leaves an upload that it cannot abort to whoever reaps, who may find it gone', async () => {
    line.trouble({ kind: 'reply_lost', when: (head) => /^DELETE \S+uploadId=/.test(head) });
    const failing = async function* () {
      yield* megabytes(20);
      throw new Error('the sender has left');
    };
    const failed = await store.put(bucket, key('k'), failing(), { maxBytes: 1_000 * MIB });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    expect([written.begun.length, written.ended, written.left]).toEqual([1, [], written.begun]);
    await reap();
    expect([await keys(), await openUploads()]).toEqual([[], []]);
  });

  it('never tells a lost answer as a success, nor a success as another’s', async () => {
    line.trouble({ kind: 'reply_lost', when: (head) => head.startsWith('PUT ') });
    const outcome = await put(store, bucket, 'k', 'mine', { ifNoneMatch: '*' });
    expect(outcome._unsafeUnwrapErr().kind).toBe('unavailable');
    const kept = (await direct.get(bucket, key('k')))._unsafeUnwrap();
    expect((await bytesOf(kept)).toString()).toBe('mine');
  });

  it('breaks a download off where the line was cut, and never ends it early as if it were whole', async () => {
    await keepEight();
    for (const after of [1, 300, MIB, 7 * MIB]) {
      line.trouble({ kind: 'cut', way: 'down', after });
      const got = await store.get(bucket, key('k'));
      if (got.isErr()) expect(got.error.kind).toBe('unavailable');
      else await expect(bytesOf(got.value)).rejects.toThrow();
    }
  });

  it('lets go of the line within a second after a reader or a sender has left, a hundred times', async () => {
    await keepEight();
    const trouble: Trouble = { kind: 'slow', ms: 1 };
    line.trouble(trouble);
    for (let n = 0; n < 50; n += 1) {
      const got = (await store.get(bucket, key('k')))._unsafeUnwrap();
      // Who only looks at a body, and does not leave its loop, has nothing but this to let go with.
      if (n % 2 === 0) await got.body[Symbol.asyncIterator]().next();
      else for await (const _ of got.body) break;
      got.close();
      const leaving = new AbortController();
      const stalling = async function* () {
        yield Buffer.alloc(2 * MIB);
        leaving.abort();
        await new Promise<never>(() => undefined);
      };
      const options = { length: 4 * MIB, maxBytes: 8 * MIB, signal: leaving.signal };
      const left = await store.put(bucket, key('left'), stalling(), options);
      expect(left._unsafeUnwrapErr().kind).toBe('body_mismatch');
    }
    await expect.poll(inUse, { timeout: 1_000 }).toBe(0);
    // What is left is kept for whoever comes next.
    expect(line.open()).toBeLessThanOrEqual(Object.values(agents.http.freeSockets).flat().length);
    agents.http.destroy();
    await expect.poll(() => line.open(), { timeout: 1_000 }).toBe(0);
    expect([await keys(), await openUploads()]).toEqual([['k'], []]);
  });
});
