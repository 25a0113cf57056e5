import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import { createServer as createListener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { errAsync } from 'neverthrow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAgents } from '../../src/adapters/kit/outbound.js';
import { type S3Options, s3Objects } from '../../src/adapters/s3/s3-objects.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import type { ForeignStore } from '../../src/ports/storage/foreign-stores.js';
import {
  bytesOf,
  contentOf,
  key,
  newBucket,
  pieces,
  prefix,
  put,
  putOk,
} from '../contract/ports/object-store.rig.js';
import { silentJournal } from '../support/journal.js';
import { NOWHERE, openUploadsIn, s3Server } from './support/s3-server.js';
import { type Shim, shim } from './support/shim.js';

const MIB = 1024 * 1024;
const server = s3Server();
const there = server ?? NOWHERE;
const storeWith = (options: Partial<S3Options> = {}, address: Partial<typeof there> = {}): ForeignStore =>
  s3Objects({
    address: { provider: 's3compat', ...there, ...address },
    journal: silentJournal,
    clock: systemClock,
    ...options,
  });
const megabytes = (count: number) => Array.from({ length: count }, (_, n) => Buffer.alloc(MIB, `${n} `));

/** Passes everything on to the store but the completion of uploads, which it answers itself. */
const withoutCompletion = async () => {
  const { hostname, port } = new URL(there.endpoint);
  const proxy = createServer((incoming, reply) => {
    const { method, url: path = '', headers } = incoming;
    if (method === 'POST' && path.includes('uploadId=')) return void reply.writeHead(503).end();
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    incoming.pipe(outgoing);
  });
  await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
  const own = proxy.address() as { readonly port: number };
  return {
    endpoint: `http://127.0.0.1:${own.port}`,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
};

describe.skipIf(!server)('S3 at its edges', () => {
  const store = storeWith();
  let bucket: string;
  let lines: Shim[];
  beforeEach(async () => {
    lines = [];
    bucket = await newBucket(store);
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const line of lines) await line.close();
  });
  const lineTo = async () => {
    const line = await shim(there.endpoint);
    lines.push(line);
    return line;
  };
  const openUploads = async (): Promise<number> => (await openUploadsIn(there, bucket)).length;

  it('remembers a type that says nothing, where one was given', async () => {
    await putOk(store, bucket, 'k', 'x', { contentType: 'application/octet-stream' });
    expect((await store.head(bucket, key('k')))._unsafeUnwrap().contentType).toBe('application/octet-stream');
  });

  it('carries metadata that no header can hold as it is', async () => {
    const metadata = { who: 'José 漢字 😀', ends: ' spaces ', looks: '=?UTF-8?B?eA==?=', empty: '' };
    await putOk(store, bucket, 'k', 'x', { metadata });
    expect((await store.head(bucket, key('k')))._unsafeUnwrap().metadata).toEqual(metadata);
  });

  it('tells of a put what a look tells, but for a second', async () => {
    const put = await putOk(store, bucket, 'k', 'x', { contentType: 'text/plain', metadata: { a: 'b' } });
    const { modifiedAt, ...head } = (await store.head(bucket, key('k')))._unsafeUnwrap();
    expect(put).toMatchObject(head);
    expect(Math.abs(put.modifiedAt - modifiedAt)).toBeLessThanOrEqual(1_000);
  });

  it('corrects its clock before a stream was read from', async () => {
    const late = storeWith();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    const stored = await late.put(bucket, key('k'), pieces(...megabytes(3)), {
      length: 3 * MIB,
      maxBytes: 9 * MIB,
    });
    expect(stored._unsafeUnwrap().size).toBe(3 * MIB);
  });

  it('takes a clock that cannot be corrected for an outage, and says so', async () => {
    const late = storeWith();
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 3_600_000));
    try {
      for (const outcome of [
        await late.list(bucket, { prefix: prefix(''), limit: 1 }),
        await put(late, bucket, 'k', 'x'),
      ])
        expect(outcome._unsafeUnwrapErr()).toMatchObject({
          kind: 'unavailable',
          cause: { message: expect.stringContaining('clocks') },
        });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('does not read from a sender whom the store refuses on sight, nor wait for one who stalls', async () => {
    let read = false;
    const body = async function* () {
      read = true;
      yield Buffer.alloc(MIB);
      await new Promise<never>(() => undefined);
    };
    const options = { length: 4 * MIB, maxBytes: 9 * MIB };
    const denied = await storeWith({}, { secretAccessKey: 'wrong' }).put(bucket, key('k'), body(), options);
    expect(denied._unsafeUnwrapErr().kind).toBe('store_denied');
    const missing = await store.put('bucket-nowhere', key('k'), body(), options);
    expect(missing._unsafeUnwrapErr()).toEqual({ kind: 'bucket_missing' });
    expect(read).toBe(false);
  });

  it('sends what is larger than one request holds in parts, as it comes', async () => {
    const small = storeWith({ limits: { single: 8 * MIB, streamedPart: 5 * MIB } });
    const chunks = megabytes(13);
    const options = { length: 13 * MIB, maxBytes: 100 * MIB };
    const stored = await small.put(bucket, key('k'), pieces(...chunks), options);
    expect(stored._unsafeUnwrap()).toMatchObject({ size: 13 * MIB, etag: expect.stringMatching(/-3$/) });
    const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(sha(await bytesOf((await store.get(bucket, key('k')))._unsafeUnwrap()))).toBe(
      sha(Buffer.concat(chunks)),
    );
    for (const [count, kind] of [
      [12, 'body_mismatch'],
      [14, 'body_mismatch'],
    ] as const)
      expect(
        (await small.put(bucket, key('bad'), pieces(...megabytes(count)), options))._unsafeUnwrapErr().kind,
      ).toBe(kind);
    expect((await store.head(bucket, key('bad')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    expect(await openUploads()).toBe(0);
  });

  it('refuses more than there can be parts of, by name', async () => {
    const small = storeWith({ limits: { part: 5 * MIB, parts: 2 } });
    const put = (count: number) =>
      small.put(bucket, key('k'), pieces(...megabytes(count)), { maxBytes: 100 * MIB });
    expect((await put(11))._unsafeUnwrapErr()).toEqual({ kind: 'object_too_large', maxBytes: 10 * MIB });
    expect(await openUploads()).toBe(0);
    expect((await put(10))._unsafeUnwrap().size).toBe(10 * MIB);
  });

  it('judges the conditions of an upload in parts, at the end as well as at the beginning', async () => {
    const small = storeWith({ limits: { part: 5 * MIB } });
    const { etag } = await putOk(store, bucket, 'k', 'first');
    const large = (more: object, between = async () => undefined as unknown) => {
      const body = async function* () {
        yield* megabytes(6);
        await between();
        yield* megabytes(6);
      };
      return small.put(bucket, key('k'), body(), { maxBytes: 100 * MIB, ...more });
    };
    expect((await large({ ifNoneMatch: '*' }))._unsafeUnwrapErr()).toEqual({ kind: 'precondition_failed' });
    const overtaken = await large({ ifMatch: etag }, () => putOk(store, bucket, 'k', 'second'));
    expect(overtaken._unsafeUnwrapErr()).toEqual({ kind: 'precondition_failed' });
    expect(await contentOf(store, bucket, 'k')).toBe('second');
    expect(await openUploads()).toBe(0);
  });

  it('says what the store said when it fails an upload whose sender is still there', async () => {
    const line = await lineTo();
    const small = storeWith({ limits: { part: 5 * MIB } }, { endpoint: line.endpoint });
    const body = async function* () {
      yield* megabytes(6);
      line.trouble({ kind: 'busy' });
      for (;;) {
        await pause(5);
        yield Buffer.alloc(MIB);
      }
    };
    const failed = await small.put(bucket, key('k'), body(), { maxBytes: 400 * MIB });
    expect(failed._unsafeUnwrapErr().kind).toBe('unavailable');
  });

  it('does not take an older object of the same size for what it could not complete', async () => {
    const proxy = await withoutCompletion();
    const limits = { part: 5 * MIB };
    const of = (fill: string) => pieces(...Array.from({ length: 6 }, () => Buffer.alloc(MIB, fill)));
    const options = { maxBytes: 100 * MIB };
    (await storeWith({ limits }).put(bucket, key('k'), of('a'), options))._unsafeUnwrap();
    const broken = storeWith({ limits }, { endpoint: proxy.endpoint });
    expect((await broken.put(bucket, key('k'), of('b'), options))._unsafeUnwrapErr().kind).toBe(
      'unavailable',
    );
    expect((await contentOf(store, bucket, 'k'))[0]).toBe('a');
    expect(await openUploads()).toBe(0);
    proxy.close();
  });

  it('leaves no upload open that could not be written down', async () => {
    const failing = storeWith({
      limits: { part: 5 * MIB },
      journal: {
        ...silentJournal,
        begun: () => errAsync({ kind: 'unavailable', dependency: 'postgres', cause: 'down' }),
      },
    });
    const failed = await failing.put(bucket, key('k'), pieces(...megabytes(6)), { maxBytes: 100 * MIB });
    expect(failed._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 'postgres' });
    expect(await openUploads()).toBe(0);
  });

  it('bears a reader and a sender who are slower than it would wait for the store', async () => {
    const hasty = storeWith({ patience: { connectMs: 500, silenceMs: 1_000 } });
    const slow = async function* () {
      for (const chunk of megabytes(4)) {
        await pause(700);
        yield chunk;
      }
    };
    (await hasty.put(bucket, key('k'), slow(), { length: 4 * MIB, maxBytes: 9 * MIB }))._unsafeUnwrap();
    const got = (await hasty.get(bucket, key('k')))._unsafeUnwrap();
    let read = 0;
    for await (const chunk of got.body) {
      if (read === 0) await pause(3_000);
      read += chunk.length;
    }
    expect(read).toBe(4 * MIB);
  });

  it('gives up on a store that accepts and says nothing', async () => {
    const mute = createListener(() => undefined);
    await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready));
    const { port } = mute.address() as { port: number };
    const hasty = storeWith(
      { patience: { connectMs: 500, silenceMs: 1_000 }, agents: openAgents() },
      { endpoint: `http://127.0.0.1:${port}` },
    );
    const outcome = await hasty.put(bucket, key('k'), pieces(...megabytes(3)), {
      length: 3 * MIB,
      maxBytes: 9 * MIB,
    });
    expect(outcome._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', cause: { code: 'ETIMEDOUT' } });
    expect((await hasty.head(bucket, key('k')))._unsafeUnwrapErr().kind).toBe('unavailable');
    mute.close();
  });

  it('deletes a thousand objects with one call, lists them on one page, and names no key it cannot find', async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `many/${n} & <"${n}">`);
    for (let n = 0; n < names.length; n += 50)
      await Promise.all(names.slice(n, n + 50).map((name) => putOk(store, bucket, name, 'x')));
    const page = (await store.list(bucket, { prefix: prefix(''), limit: 1_000 }))._unsafeUnwrap();
    expect([page.entries.length, page.next]).toEqual([1_000, undefined]);
    expect((await store.deleteMany(bucket, names.map(key)))._unsafeUnwrap()).toEqual([]);
    expect((await store.list(bucket, { prefix: prefix(''), limit: 5 }))._unsafeUnwrap().entries).toEqual([]);
  });
});
