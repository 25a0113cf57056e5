import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { ForeignStore } from '../../../../src/ports/storage/foreign-stores.js';
import {
  bytesOf,
  key,
  MAX,
  newBucket,
  prefix,
  put,
  putOk,
  stallingAfter,
} from '../../../contract/ports/object-store.rig.js';
import { gcsStoreOn } from '../../../support/gcs-server/clients.js';
import { onGcs } from '../../../support/gcs-server/stage.js';
import { type GcsServer, gcsServer } from '../../../support/gcs-server.js';

describe('gcs: when the service falters, or those who use it leave', () => {
  let server: GcsServer;
  let store: ForeignStore;
  let bucket: string;
  onGcs((stage) => {
    ({ server, store, bucket } = stage);
  });
  const asked = (part: string) => server.requests.filter((line) => line.includes(part)).length;

  it('asks again when the service falters, and gives up when it goes on', async () => {
    await putOk(store, bucket, 'k', 'x');
    for (const status of [429, 500, 503]) {
      server.fail(status, 2);
      expect((await store.head(bucket, key('k'))).isOk()).toBe(true);
    }
    server.fail(503);
    const list = store.list(bucket, { prefix: prefix(''), limit: 1 });
    const calls = [
      store.get(bucket, key('k')),
      store.head(bucket, key('k')),
      list,
      store.deleteMany(bucket, [key('k')]),
    ];
    for (const failed of await Promise.all(calls))
      expect(failed._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 'gcs' });
  });

  it('sends a body once: one that met a fault is gone', async () => {
    server.fail(503, 1, (_method, path) => path.startsWith('/upload'));
    const before = asked('/upload');
    expect((await put(store, bucket, 'k', 'x'))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(asked('/upload') - before).toBe(1);
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('stops sending when the service refuses on sight, and leaves the stream to its owner', async () => {
    server.deny('storage.objects.create');
    let sent = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          sent += 1;
          yield new Uint8Array(64 * 1024);
        }
      })(),
    );
    const refused = await store.put(bucket, key('k'), endless, { maxBytes: Number.MAX_SAFE_INTEGER });
    expect(refused._unsafeUnwrapErr().kind).toBe('store_denied');
    expect(endless.destroyed).toBe(false);
    const then = sent;
    await pause(50);
    expect(sent - then).toBeLessThan(64);
    endless.destroy();
  });

  it('reads no further ahead of the service than fits into the buffers between', async () => {
    let sent = 0;
    const reading = new AbortController();
    server.holdBack(async () => void (await once(reading.signal, 'abort')));
    const body = async function* () {
      for (let n = 0; n < 512; n += 1) {
        sent += 64 * 1024;
        yield new Uint8Array(64 * 1024);
      }
    };
    const putting = store.put(bucket, key('k'), body(), { length: 512 * 64 * 1024, maxBytes: MAX });
    await pause(200);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    reading.abort();
    expect((await putting)._unsafeUnwrap().size).toBe(512 * 64 * 1024);
  });

  it('lets a sender go who leaves while the service takes nothing', async () => {
    const [leaving, reading] = [new AbortController(), new AbortController()];
    server.holdBack(async () => void (await once(reading.signal, 'abort')));
    const body = Readable.from(Array.from({ length: 512 }, () => new Uint8Array(64 * 1024)));
    const putting = store.put(bucket, key('k'), body, { maxBytes: MAX, signal: leaving.signal });
    await pause(200);
    leaving.abort();
    expect((await putting)._unsafeUnwrapErr().kind).toBe('body_mismatch');
    expect(body.destroyed).toBe(false);
    server.recover();
    reading.abort();
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('is unavailable when nobody answers, or nobody is there', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const apiEndpoint = `http://127.0.0.1:${port}`;
    const waiting = gcsStoreOn(server, { apiEndpoint, patienceMs: 50 });
    const failures = [await waiting.head('b', key('k')), await put(waiting, 'b', 'k', 'x')];
    await new Promise((resolve) => silent.close(resolve));
    failures.push(await gcsStoreOn(server, { apiEndpoint }).head('b', key('k')));
    failures.push(await gcsStoreOn(server, { tokenEndpoint: apiEndpoint }).head('b', key('k')));
    for (const failure of failures) expect(failure._unsafeUnwrapErr().kind).toBe('unavailable');
  });

  it('reads an object whole that is overwritten between the look and the read, and misses a deleted one', async () => {
    await putOk(store, bucket, 'k', 'old');
    const writer = gcsStoreOn(server);
    const atMedia = (work: () => Promise<unknown>) =>
      server.holdBack(async (_method, url) => {
        if (!url.includes('alt=media')) return;
        server.recover();
        await work();
      });
    atMedia(() => putOk(writer, bucket, 'k', 'newer'));
    const got = (await store.get(bucket, key('k'), { range: { suffix: 4 } }))._unsafeUnwrap();
    expect((await bytesOf(got)).toString()).toBe('ewer');
    expect(got.meta).toEqual((await store.head(bucket, key('k')))._unsafeUnwrap());
    atMedia(() => putOk(writer, bucket, 'k', 'newest'));
    const conditional = await store.get(bucket, key('k'), { ifMatch: got.meta.etag });
    expect(conditional._unsafeUnwrapErr()).toEqual({ kind: 'precondition_failed' });
    atMedia(async () => (await writer.deleteMany(bucket, [key('k')]))._unsafeUnwrap());
    expect((await store.get(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('frees every connection of readers and writers who leave, within a second', async () => {
    const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent() };
    const own = await gcsServer();
    const visitor = gcsStoreOn(own, { agents });
    const place = await newBucket(visitor);
    await putOk(visitor, place, 'k', new Uint8Array(8 * 1024 * 1024));
    const readers = await Promise.all(Array.from({ length: 20 }, () => visitor.get(place, key('k'))));
    const leaving = new AbortController();
    const writers = Array.from({ length: 20 }, (_, n) => {
      const body = stallingAfter(() => undefined, new Uint8Array(100_000));
      return visitor.put(place, key(`new${n}`), body, { maxBytes: MAX, signal: leaving.signal });
    });
    await vi.waitFor(() => expect(own.openConnections()).toBe(40), 5_000);
    for (const reader of readers) reader._unsafeUnwrap().close();
    leaving.abort();
    for (const written of await Promise.all(writers))
      expect(written._unsafeUnwrapErr().kind).toBe('body_mismatch');
    await vi.waitFor(() => expect(own.openConnections()).toBe(0), 1_000);
    expect(own.openUploads()).toBe(0);
    const { entries } = (await visitor.list(place, { prefix: prefix(''), limit: 10 }))._unsafeUnwrap();
    expect(entries).toHaveLength(1);
    await own.close();
  });
});
