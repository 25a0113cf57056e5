import { describe, expect, it } from 'vitest';
import { eventually, head, pause, wire } from '../contract/http/kit/rig.js';
import { readAll } from '../contract/http/kit/toy.js';
import {
  AS,
  BLOB,
  CHUNKED,
  crawl,
  DOCUMENT,
  doing,
  JSON_TYPE,
  kitStage,
  LENGTH,
  MB,
  soon,
} from './support/http.js';

describe('senders over real sockets', () => {
  const { kit, open } = kitStage();

  it('takes chunked bodies and says that their length is unknown', async () => {
    const seen: unknown[] = [];
    const { send, hears, socket } = await open({
      upload: doing(async (body) => {
        seen.push(body.length, body.contentType, (await readAll(body))._unsafeUnwrap(), body.signal.aborted);
      }),
    });
    send(`${head(BLOB, AS('good'), CHUNKED, 'Content-Type: text/css')}5\r\nhello\r\n`);
    await pause(20);
    send('6\r\n world\r\n0\r\n\r\n');
    await hears(/204/);
    expect(seen).toEqual([undefined, 'text/css', 11, false]);
    socket.destroy();
  });

  it.each(['leaves', 'half-closes'])('tells the use case when the client %s before the end', async (how) => {
    const settled: unknown[] = [];
    const client = await open({
      upload: doing(async (body) => {
        const read = await readAll(body);
        settled.push(read.isErr(), body.signal.aborted);
        read._unsafeUnwrap();
      }),
    });
    client.send(`${head(BLOB, AS('good'), LENGTH(1000))}only this`);
    await pause(30);
    if (how === 'leaves') client.socket.destroy();
    else client.socket.end();
    await client.closed;
    expect(await eventually(() => settled.length === 2, 1_000)).toBe(true);
    expect(settled).toEqual([true, true]);
    expect(await eventually(() => kit.lines.length === 1)).toBe(true);
    expect(kit.lines[0]).toMatchObject({ operationId: 'upload', status: 499, cut: true, identity: 'good' });
  });

  it('tells a use case that is not reading, too', async () => {
    const reasons: string[] = [];
    const client = await open({
      upload: doing(async (body) => {
        await new Promise((go) => body.signal.addEventListener('abort', go, { once: true }));
        reasons.push(String(body.signal.reason));
      }),
    });
    client.send(`${head(BLOB, AS('good'), LENGTH(1000))}only this`);
    await pause(30);
    client.socket.destroy();
    expect(await eventually(() => reasons.length === 1, 1_000)).toBe(true);
    expect(reasons[0]).toContain('left');
  });

  it('gives up senders that crawl, and tells them so', async () => {
    const reasons: string[] = [];
    const client = await open({
      upload: doing(async (body) => {
        const chunks = body.bytes[Symbol.asyncIterator]();
        await Promise.race([
          (async () => {
            while (!(await chunks.next()).done);
          })(),
          new Promise((go) => body.signal.addEventListener('abort', go, { once: true })),
        ]);
        reasons.push(String(body.signal.reason));
        throw new Error('not all came');
      }),
    });
    client.send(head(BLOB, AS('good'), LENGTH(1000)));
    const stop = crawl(client);
    await client.hears(/400 Bad Request[\s\S]*broken_off/);
    await client.closed;
    stop();
    expect(reasons).toEqual([expect.stringContaining('too slow')]);
  });

  it('is rid of a sender who crawls on after the answer, though a read of the body was still pending', async () => {
    const client = await open({
      upload: doing(async (body) => {
        const chunks = body.bytes[Symbol.asyncIterator]();
        const given = new Promise((go) => body.signal.addEventListener('abort', go, { once: true }));
        const reading = async () => {
          while (!body.signal.aborted && !(await chunks.next()).done);
        };
        await Promise.race([reading(), given]);
        void chunks.return?.();
        throw new Error('not all came');
      }),
    });
    client.send(head(BLOB, AS('good'), LENGTH(1000)));
    const stop = crawl(client);
    await client.hears(/400 Bad Request[\s\S]*broken_off/);
    expect(await soon(client.closed, 1_000)).toBe(true);
    stop();
  });

  it('cuts senders that crawl where nobody listens to the signal, and through a document', async () => {
    const client = await open();
    const other = await wire(kit.port);
    client.send(head(BLOB, AS('good'), LENGTH(1000)));
    other.send(head(DOCUMENT, AS('good'), JSON_TYPE, LENGTH(1000)));
    const stop = crawl(client, other);
    await Promise.all([client.closed, other.closed]);
    stop();
    expect(await eventually(() => kit.lines.length === 2)).toBe(true);
  });

  it('does not blame a sender for a use case that takes its time', async () => {
    const sizes: number[] = [];
    const client = await open({
      upload: doing(async (body) => {
        await pause(350);
        let size = 0;
        for await (const chunk of body.bytes) {
          if (size === 0) await pause(350);
          size += chunk.byteLength;
        }
        sizes.push(size);
      }),
    });
    client.send(head(BLOB, AS('good'), LENGTH(MB)));
    client.send(Buffer.alloc(MB, 'x'));
    await client.hears(/204/, 3_000);
    expect(sizes).toEqual([MB]);
    client.socket.destroy();
  });
});
