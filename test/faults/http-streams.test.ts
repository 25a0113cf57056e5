import { request } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { eventually, head, type Kit, pause, wire } from '../contract/http/kit/rig.js';
import { outgoing } from '../contract/http/kit/toy.js';
import { AS, BLOB, doing, kitStage, LENGTH, MB } from './support/http.js';

const BLOCK = Buffer.alloc(64 * 1024, '#');

/** A source that counts what was pulled from it, and knows whether it was closed. */
const source = (blocks: number, each: () => Promise<void> = async () => {}) => {
  const state = { pulled: 0, closed: 0 };
  const bytes = (async function* () {
    for (; state.pulled < blocks; state.pulled += 1) {
      await each();
      yield BLOCK;
    }
  })();
  const length = blocks * BLOCK.length;
  return { state, sent: outgoing('', { bytes, length, close: () => (state.closed += 1) }) };
};

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;

/** What a careful client makes of a download: how much came, and whether it was all. */
const fetchBlob = (kit: Kit) =>
  new Promise<{ status: number; bytes: number; whole: boolean }>((resolve, reject) => {
    const req = request(`${kit.url}/blob`, { agent: false }, (res) => {
      let bytes = 0;
      res.on('data', (chunk: Buffer) => (bytes += chunk.length));
      res.on('error', () => {});
      res.on('close', () => resolve({ status: res.statusCode ?? 0, bytes, whole: res.complete }));
    });
    req.on('error', reject).end();
  });

describe('streams over real sockets', () => {
  const { kit, open, start } = kitStage();

  describe('of a download', () => {
    it('carry it whole, and leave the connection for the next', async () => {
      const { state, sent } = source(160);
      const { send, hears, socket } = await open({
        download: () => (state.pulled === 0 ? sent : outgoing('bye')),
      });
      send(head('GET /blob'));
      await hears(10 * MB, 5_000);
      send(head('GET /blob'));
      const heard = await hears(/\r\n\r\nbye$/, 5_000);
      expect(heard.replaceAll(/[^#]/g, '').length).toBe(10 * MB);
      expect(state).toEqual({ pulled: 160, closed: 1 });
      socket.destroy();
    });

    it('are freed within a second of a client’s leaving, 200 times over', async () => {
      await start({ download: () => sources[next++]?.sent ?? outgoing('') });
      let next = 0;
      const sources = Array.from({ length: 200 }, () => source(1_000));
      const before = openSockets();
      for (let at = 0; at < 200; at += 20)
        await Promise.all(
          sources.slice(at, at + 20).map(async () => {
            const { send, hears, socket } = await wire(kit.port);
            send(head('GET /blob'));
            await hears(/#/);
            socket.destroy();
          }),
        );
      expect(await eventually(() => sources.every(({ state }) => state.closed === 1), 1_000)).toBe(true);
      expect(sources.every(({ state }) => state.pulled < 1_000)).toBe(true);
      expect(await eventually(() => openSockets() <= before, 1_000)).toBe(true);
      expect(await eventually(() => kit.lines.length === 200)).toBe(true);
      expect(kit.lines.every(({ cut, status }) => cut && status === 200)).toBe(true);
      expect(kit.reports).toEqual([]);
    });

    it('are freed though the store has stalled, before the first byte and after', async () => {
      for (const blocks of [0, 1]) {
        const stalled = source(9, () =>
          stalled.state.pulled < blocks ? Promise.resolve() : new Promise(() => {}),
        );
        const { send, hears, socket } = await open({ download: () => stalled.sent });
        send(head('GET /blob'));
        if (blocks > 0) await hears(/#/);
        else await pause(30);
        socket.destroy();
        expect(await eventually(() => stalled.state.closed === 1, 1_000)).toBe(true);
        if (blocks === 0) await kit.stop(500);
      }
    });

    it('are not opened for a client who left while the use case was at work', async () => {
      let late = (): void => {};
      const { state, sent } = source(9);
      const { send, socket } = await open({
        wait: () => new Promise((resolve) => (late = () => resolve('late'))),
        download: () => sent,
      });
      send(head('GET /wait') + head('GET /blob'));
      await pause(30);
      socket.destroy();
      late();
      expect(await eventually(() => state.closed === 1, 1_000)).toBe(true);
      expect(state.pulled).toBeLessThan(2);
    });

    it('lose a reader that takes nothing', async () => {
      const { state, sent } = source(4_000);
      const { send, socket, closed } = await open({ download: () => sent });
      socket.pause();
      send(head('GET /blob'));
      expect(await eventually(() => state.closed === 1, 3_000)).toBe(true);
      expect(state.pulled).toBeLessThan(1_000);
      socket.resume();
      await closed;
    });

    it('keep a reader that is slow but reads', async () => {
      const { sent } = source(160);
      const { send, socket, hears } = await open({ download: () => sent, timing: { readerMs: 250 } });
      send(head('GET /blob'));
      const sips = setInterval(() => {
        socket.resume();
        setTimeout(() => socket.pause(), 2);
      }, 20);
      socket.pause();
      await hears(10 * MB, 15_000);
      clearInterval(sips);
      expect(await eventually(() => kit.lines.length === 1)).toBe(true);
      expect(kit.lines[0]?.cut).toBe(false);
      socket.destroy();
    });

    it('end in a destroyed socket when the store breaks off after the first byte', async () => {
      const failing = source(9, async () => {
        if (failing.state.pulled === 3) throw new Error('the disk is gone');
      });
      await start({ download: () => failing.sent });
      const { status, bytes, whole } = await fetchBlob(kit);
      expect([status, whole]).toEqual([200, false]);
      expect(bytes).toBeLessThan(9 * BLOCK.length);
      expect(failing.state.closed).toBe(1);
      expect(kit.reports).toEqual(['download broke off: the disk is gone']);
    });

    it('are refused with 503 when the store fails before the first byte', async () => {
      const failing = source(9, () => Promise.reject(new Error('the disk is gone')));
      await start({ download: () => failing.sent });
      const answer = await fetch(`${kit.url}/blob`);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(answer.headers.get('content-disposition')).toBeNull();
      expect(await answer.text()).not.toContain('disk');
      expect(failing.state.closed).toBe(1);
    });

    it('end in a destroyed socket when there are fewer or more bytes than announced', async () => {
      for (const length of [7, 3]) {
        const { send, heard, closed } = await open({ download: () => outgoing('hello', { length }) });
        send(head('GET /blob') + head('GET /words'));
        await closed;
        // Nothing of the second answer may be taken for the rest of the first.
        expect(heard()).not.toContain('<p>');
        expect(kit.reports).toEqual([`download broke off: 5 bytes came where ${length} were announced`]);
        if (length === 7) await kit.stop(500);
      }
    });

    it('carry not one byte more than announced, which would begin the next answer', async () => {
      const bytes = (async function* () {
        for (const part of ['abc', 'de', 'f']) {
          yield Buffer.from(part);
          await pause(30);
        }
      })();
      const { send, heard, closed } = await open({ download: () => outgoing('', { bytes, length: 3 }) });
      send(head('GET /blob'));
      await closed;
      expect(heard()).toMatch(/\r\n\r\nabc$/);
    });

    it('carry what a Readable of Node’s gives, and destroy it when the client leaves', async () => {
      const readable = Readable.from(
        (function* () {
          for (;;) yield BLOCK;
        })(),
      );
      const { send, hears, socket } = await open({
        download: () =>
          outgoing('', { bytes: readable, length: 1_000 * MB, close: () => readable.destroy() }),
      });
      send(head('GET /blob'));
      await hears(/#/);
      socket.destroy();
      expect(await eventually(() => readable.destroyed, 1_000)).toBe(true);
    });
  });

  describe('of an upload', () => {
    it('are freed within a second of a sender’s leaving, 200 times over', async () => {
      const seen = { begun: 0, whole: 0, broken: 0 };
      await start({
        upload: doing(async ({ bytes }) => {
          let size = 0;
          try {
            for await (const chunk of bytes) {
              if (size === 0) seen.begun += 1;
              size += chunk.byteLength;
            }
            seen.whole += 1;
          } catch (cause) {
            seen.broken += 1;
            throw cause;
          }
        }),
      });
      const before = openSockets();
      for (let left = 20; left <= 200; left += 20) {
        const senders = await Promise.all(Array.from({ length: 20 }, () => wire(kit.port)));
        for (const { send, socket } of senders) {
          send(head(BLOB, AS('good'), LENGTH(50 * MB)));
          socket.write(BLOCK);
        }
        expect(await eventually(() => seen.begun === left, 2_000)).toBe(true);
        for (const { socket } of senders) socket.destroy();
      }
      expect(await eventually(() => seen.broken === 200, 1_000)).toBe(true);
      expect(seen).toEqual({ begun: 200, whole: 0, broken: 200 });
      expect(await eventually(() => openSockets() <= before, 1_000)).toBe(true);
      expect(await eventually(() => kit.lines.length === 200)).toBe(true);
      expect(kit.lines.every(({ cut, operationId }) => cut && operationId === 'upload')).toBe(true);
      expect(kit.reports).toEqual([]);
    });
  });
});
