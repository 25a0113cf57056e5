import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestLine } from '../../src/adapters/http/kit/outermost.js';
import { eventually, head, pause, QUICK, type Wire, wire } from '../contract/http/kit/rig.js';
import { type RawCall, raw, signed } from '../contract/http/s3.calls.js';
import { onBlobs, type S3World, s3World } from '../contract/http/s3.rig.js';
import { crawl, MB, soon } from './support/http.js';

const UNSIGNED = 'UNSIGNED-PAYLOAD';

describe('/s3 over real sockets', () => {
  let world: S3World;
  let here: string;
  beforeAll(async () => {
    const environment = { MAX_OBJECT_BYTES: String(64 * MB) };
    world = await s3World(await onBlobs({ environment, timing: QUICK }));
    here = `/s3/${world.mine.bucket}`;
  });
  afterAll(async () => {
    expect(world.app.complaints).toEqual([]);
    await world.app.close();
  });
  const at = () => new Date(world.app.clock.now());
  const ask = async (call: RawCall) =>
    raw(world.app, await signed(world.app, world.mine, call, { at: at() }));
  /** The head of a call, signed but for its body, on a socket of its own. */
  const begun = async (method: string, path: string, length?: number): Promise<Wire> => {
    const headers = length === undefined ? {} : { 'content-length': String(length) };
    const call = await signed(
      world.app,
      world.mine,
      { method, path, headers },
      { at: at(), payload: UNSIGNED },
    );
    const sender = await wire(Number(new URL(world.app.url).port));
    const lines = Object.entries({ ...call.headers, host: undefined }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    sender.send(head(`${method} ${path}`, ...lines).replace('localhost', new URL(world.app.url).host));
    return sender;
  };
  /** What is known of the requests of this operation that have ended. */
  const lines = (operationId: string): readonly RequestLine[] =>
    world.app.said
      .map((words) => (words as readonly [RequestLine])[0])
      .filter((line) => line.operationId === operationId);
  const begunUpload = async (key: string): Promise<string> => {
    const { text } = await ask({ method: 'POST', path: `${here}/${key}?uploads=` });
    return /<UploadId>(.*?)<\/UploadId>/.exec(text)?.[1] ?? '';
  };

  it('gives up senders that crawl, tells them so, and keeps nothing of what they sent', async () => {
    const sender = await begun('PUT', `${here}/crawled`, 1_000);
    const stop = crawl(sender);
    await sender.hears(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/);
    expect(await soon(sender.closed, 1_000)).toBe(true);
    stop();
    expect((await ask({ method: 'HEAD', path: `${here}/crawled` })).status).toBe(404);
  });

  it('gives up senders of parts that crawl, and the upload goes on without that part', async () => {
    const id = await begunUpload('in-parts');
    const path = `${here}/in-parts?partNumber=1&uploadId=${encodeURIComponent(id)}`;
    const sender = await begun('PUT', path, 1_000);
    const stop = crawl(sender);
    await sender.hears(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/);
    expect(await soon(sender.closed, 1_000)).toBe(true);
    stop();
    const parts = () => ask({ path: `${here}/in-parts?uploadId=${encodeURIComponent(id)}` });
    expect((await parts()).text).not.toContain('<Part>');
    expect((await ask({ method: 'PUT', path, body: 'whole' })).status).toBe(200);
    expect((await parts()).text).toContain('<Part>');
  });

  it('cuts senders of a document that crawl', async () => {
    const sender = await begun('POST', `${here}?delete=`, 1_000);
    const stop = crawl(sender);
    expect(await soon(sender.closed, 1_000)).toBe(true);
    stop();
    expect(sender.heard()).not.toContain('200 OK');
  });

  it('keeps nothing of a sender who leaves, nor the request', async () => {
    const before = lines('s3.PutObject').length;
    const sender = await begun('PUT', `${here}/left`, 1_000);
    sender.send('only this');
    await pause(30);
    sender.socket.destroy();
    expect(await eventually(() => lines('s3.PutObject').length > before, 1_000)).toBe(true);
    expect(lines('s3.PutObject').at(-1)).toMatchObject({ status: 499, cut: true });
    expect((await ask({ method: 'HEAD', path: `${here}/left` })).status).toBe(404);
  });

  it('loses a reader that takes nothing, and keeps one that is slow but reads', async () => {
    const body = Buffer.alloc(48 * MB, '#');
    expect((await ask({ method: 'PUT', path: `${here}/large`, body })).status).toBe(200);
    const mute = await begun('GET', `${here}/large`);
    mute.socket.pause();
    expect(await eventually(() => lines('s3.GetObject').length === 1, 3_000)).toBe(true);
    expect(lines('s3.GetObject')[0]).toMatchObject({ status: 200, cut: true });
    mute.socket.resume();
    await mute.closed;
    expect(mute.heard().length).toBeLessThan(48 * MB);

    const slow = await begun('GET', `${here}/large`);
    let taken = 0;
    slow.socket.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken > 2 * MB) return;
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 2);
    });
    await slow.hears(48 * MB, 15_000);
    expect(await eventually(() => lines('s3.GetObject').length === 2)).toBe(true);
    expect(lines('s3.GetObject')[1]).toMatchObject({ status: 200, cut: false });
    slow.socket.destroy();
  });
});
