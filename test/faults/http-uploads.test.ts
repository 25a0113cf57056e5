import { describe, expect, it } from 'vitest';
import { eventually, head, pause, type Wire, wire } from '../contract/http/kit/rig.js';
import { readAll } from '../contract/http/kit/toy.js';
import { AS, BLOB, CHUNKED, DOCUMENT, doing, JSON_TYPE, kitStage, LENGTH, MB } from './support/http.js';

const CONTINUE = 'Expect: 100-continue';

/** Sends until all is sent, or the other side has closed. Answers how many bytes left. */
const pump = async (to: Wire, bytes: number, chunked = false): Promise<number> => {
  const block = Buffer.alloc(64 * 1024, 'x');
  const piece = chunked ? Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')]) : block;
  let sent = 0;
  while (sent < bytes && !to.socket.destroyed && to.socket.writable) {
    sent += block.length;
    if (!to.socket.write(piece))
      await Promise.race([new Promise((go) => to.socket.once('drain', go)), to.closed]);
  }
  return sent;
};

describe('uploads over real sockets', () => {
  const { kit, open } = kitStage();

  it('invites a body only when the use case begins to read it', async () => {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const { send, heard, hears, socket } = await open({
      upload: doing(async (body) => {
        await begun;
        return (await readAll(body))._unsafeUnwrap();
      }),
    });
    send(head(BLOB, AS('good'), LENGTH(5), CONTINUE));
    await pause(50);
    expect(heard()).toBe('');
    begin();
    await hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    send('hello');
    await hears(/204 No Content/);
    socket.destroy();
  });

  it('invites a document when it is wanted', async () => {
    const { send, hears, socket } = await open();
    send(head(DOCUMENT, AS('good'), JSON_TYPE, LENGTH(12), CONTINUE));
    await hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    send('{"name":"a"}');
    await hears(/201 Created/);
    socket.destroy();
  });

  it('spares a client that waits for the invitation an upload that is refused', async () => {
    await open().then(({ socket }) => socket.destroy());
    for (const [status, ...request] of [
      [401, BLOB, AS('nobody'), LENGTH(50 * MB)],
      [429, BLOB, AS('busy'), LENGTH(50 * MB)],
      [404, BLOB, AS('stranger'), LENGTH(50 * MB)],
      [403, BLOB, AS('weak'), CHUNKED],
      [422, `${BLOB}?key=a&key=b`, AS('good'), LENGTH(50 * MB)],
      [413, DOCUMENT, AS('good'), JSON_TYPE, LENGTH(2 * MB)],
      [404, 'PUT /nowhere', LENGTH(50 * MB)],
    ] as const) {
      const [at, ...headers] = request;
      const { send, heard, closed } = await wire(kit.port);
      const began = performance.now();
      send(head(at as string, ...(headers as string[]), CONTINUE));
      await closed;
      expect(heard()).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\r\\nConnection: close\\r\\n[\\s\\S]*}$`),
      );
      expect(performance.now() - began).toBeLessThan(250);
    }
  });

  it.each([
    [401, BLOB, AS('nobody')],
    [404, BLOB, AS('stranger')],
    [422, `${BLOB}?key=a&key=b`, AS('good')],
    [413, DOCUMENT, `${AS('good')}\r\n${JSON_TYPE}`],
    [404, 'PUT /nowhere', AS('good')],
  ])(
    'reaches with a refusal (%i to %s) a client in the middle of sending 50 MB, and then closes',
    async (status, at, headers) => {
      const peak = process.memoryUsage().rss;
      const first = await open({ timing: { lingerMs: 2_000 } });
      for (const [client, length] of [
        [first, LENGTH(50 * MB)],
        [await wire(kit.port), CHUNKED],
      ] as const) {
        client.send(head(at, headers, length));
        const answered = client.hears(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\r\\n\\r\\n{`));
        const sent = pump(client, 50 * MB, length === CHUNKED);
        await answered;
        await sent;
        if (length === CHUNKED) client.send('0\r\n\r\n');
        await client.closed;
        expect(client.heard()).toMatch(/}$/);
      }
      expect(process.memoryUsage().rss - peak).toBeLessThan(200 * MB);
    },
  );

  it('reaches with a refusal even a client that does not look before it has sent everything', async () => {
    const client = await open({ timing: { lingerMs: 3_000 } });
    client.socket.pause();
    client.send(head(BLOB, AS('nobody'), LENGTH(32 * MB)));
    expect(await pump(client, 32 * MB)).toBe(32 * MB);
    client.socket.resume();
    expect(await client.hears(/^HTTP\/1\.1 401 [\s\S]*}$/)).toContain('Connection: close');
    await client.closed;
  });

  it('gives a client that never stops sending only so long', async () => {
    const client = await open({ timing: { lingerMs: 200 } });
    const began = performance.now();
    client.send(head(BLOB, AS('nobody'), CHUNKED));
    await pump(client, Number.POSITIVE_INFINITY, true);
    await client.closed;
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await eventually(() => kit.lines.length === 1)).toBe(true);
    expect(kit.lines[0]).toMatchObject({ operationId: 'upload', status: 401 });
  });

  it('answers a use case that has seen enough, in the middle of the upload', async () => {
    const client = await open({
      upload: doing(async (body) => {
        for await (const _first of body.bytes) throw new Error('seen enough');
      }),
    });
    client.send(head(BLOB, AS('good'), LENGTH(50 * MB)));
    const sent = pump(client, 50 * MB);
    await client.hears(/400 Bad Request[\s\S]*broken_off/);
    await sent;
    await client.closed;
  });
});
