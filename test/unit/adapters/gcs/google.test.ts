import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ForeignStore } from '../../../../src/ports/storage/foreign-stores.js';
import {
  bytesOf,
  contentOf,
  key,
  MAX,
  pieces,
  putOk,
  text,
} from '../../../contract/ports/object-store.rig.js';
import { gcsStoreOn, googleOn } from '../../../support/gcs-server/clients.js';
import { onGcs } from '../../../support/gcs-server/stage.js';
import type { GcsServer } from '../../../support/gcs-server.js';

describe("gcs: beside Google's own client", () => {
  const WRITTEN = { contentType: 'text/x-test', metadata: { Colour: 'blue' } };
  const random = randomBytes(2 * 1024 * 1024 + 7);
  let server: GcsServer;
  let store: ForeignStore;
  let bucket: string;
  onGcs((stage) => {
    ({ server, store, bucket } = stage);
  });

  /** A session that Google's client then writes to; it would begin none of its own with a custom endpoint's token. */
  const sessionFor = async (name: string): Promise<string> => {
    const { headers } = await googleOn(server).authClient.request({
      method: 'POST',
      url: `${server.url}/upload/storage/v1/b/${bucket}/o`,
      params: { uploadType: 'resumable', name },
      data: WRITTEN,
    });
    return headers['location'];
  };

  it.each([
    ['in one request', async () => ({ resumable: false, metadata: WRITTEN })],
    ['resumable, in one piece', async (name: string) => ({ uri: await sessionFor(name) })],
    [
      'resumable, in chunks',
      async (name: string) => ({ uri: await sessionFor(name), chunkSize: 512 * 1024 }),
    ],
  ])('reads what Google wrote %s', async (_how, options) => {
    const name = 'dir/k ö?#%';
    const file = googleOn(server).bucket(bucket).file(name);
    await file.save(random, { ...(await options(name)), validation: 'crc32c' });
    const got = (await store.get(bucket, key(name)))._unsafeUnwrap();
    expect(got.meta).toMatchObject({ contentType: 'text/x-test', metadata: { colour: 'blue' } });
    expect(Buffer.compare(await bytesOf(got), random)).toBe(0);
    expect(server.openUploads()).toBe(0);
  });

  it('shows nothing of a session that is cancelled, and takes no more for it', async () => {
    const uri = await sessionFor('k');
    const send = (method: string, headers: Record<string, string>, body?: Buffer) =>
      fetch(uri, { method, headers, ...(body && { body }) });
    const first = await send('PUT', { 'content-range': 'bytes 0-262143/*' }, random.subarray(0, 262_144));
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    expect(
      (await send('PUT', { 'content-range': 'bytes 262144-262149/*' }, random.subarray(0, 6))).status,
    ).toBe(400);
    expect((await send('PUT', { 'content-range': 'bytes */*' })).headers.get('range')).toBe('bytes=0-262143');
    expect((await send('DELETE', {})).status).toBe(499);
    expect((await send('PUT', { 'content-range': 'bytes */*' })).status).toBe(404);
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('writes what Google reads and finds sound', async () => {
    const file = googleOn(server).bucket(bucket).file('k');
    const options = { maxBytes: MAX, contentType: 'text/x-test', metadata: { colour: 'blau' } };
    const { etag } = (await store.put(bucket, key('k'), pieces(random), options))._unsafeUnwrap();
    const [content] = await file.download({ validation: 'crc32c' });
    expect(Buffer.compare(content, random)).toBe(0);
    const [shown] = await file.getMetadata();
    expect(shown).toMatchObject({
      generation: etag,
      contentType: 'text/x-test',
      metadata: { colour: 'blau' },
    });
    const [files] = await googleOn(server).bucket(bucket).getFiles();
    expect(files.map(({ name }) => name)).toEqual(['k']);
    await file.delete({ ifGenerationMatch: etag });
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('gives the stored bytes of what another client stored compressed, and ranges of them', async () => {
    await googleOn(server)
      .bucket(bucket)
      .file('k')
      .save(text('words '.repeat(100)), { gzip: true, resumable: false });
    const got = (await store.get(bucket, key('k')))._unsafeUnwrap();
    const stored = await bytesOf(got);
    expect(gunzipSync(stored).toString()).toBe('words '.repeat(100));
    expect(stored).toHaveLength(got.meta.size);
    const part = (await store.get(bucket, key('k'), { range: { first: 2, last: 9 } }))._unsafeUnwrap();
    expect(await bytesOf(part)).toEqual(stored.subarray(2, 10));
  });

  it('lets nobody cut a body short by writing the end of a request into it, as a foreseen boundary would', async () => {
    const forged = 'before\r\n--foreseen--\r\nafter';
    const careless = gcsStoreOn(server, { random: { token: () => 'foreseen' } });
    await putOk(careless, bucket, 'k', forged);
    expect(await contentOf(store, bucket, 'k')).toBe('before');
    await putOk(store, bucket, 'k', forged);
    expect(await contentOf(store, bucket, 'k')).toBe(forged);
  });
});
