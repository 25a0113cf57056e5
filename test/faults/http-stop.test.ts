import { describe, expect, it } from 'vitest';
import { eventually, head, pause, wire } from '../contract/http/kit/rig.js';
import { outgoing } from '../contract/http/kit/toy.js';
import { doing, kitStage, MB, soon } from './support/http.js';

const clock = () => {
  const began = performance.now();
  return () => performance.now() - began;
};
describe('a graceful stop', () => {
  const { kit, start } = kitStage(0);

  it('lets a running request finish, takes no new connection, and tells the client to hang up', async () => {
    let finish = (): void => {};
    await start({ wait: () => new Promise((resolve) => (finish = () => resolve('done'))) });
    const running = await wire(kit.port);
    running.send(head('GET /wait'));
    await pause(30);
    const stopped = kit.stop(5_000);
    await pause(30);
    await expect(fetch(`${kit.url}/words`)).rejects.toThrow();
    expect(running.heard()).toBe('');
    finish();
    await running.hears(/200 OK[\s\S]*Connection: close[\s\S]*{"got":"done"}/);
    expect(await soon(stopped, 1_000)).toBe(true);
  });

  it('closes at once the connections on which nobody asks anything', async () => {
    await start();
    const [fresh, used, half] = await Promise.all([wire(kit.port), wire(kit.port), wire(kit.port)]);
    used.send(head('GET /words'));
    await used.hears(/<p>hello<\/p>/);
    half.send('GET /words HTTP/1.1\r\nHost: loc');
    await pause(20);
    const elapsed = clock();
    await kit.stop(5_000);
    await Promise.all([fresh.closed, used.closed, half.closed]);
    expect(elapsed()).toBeLessThan(500);
  });

  it('ends event streams first', async () => {
    await start({
      events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    });
    const streams = await Promise.all(Array.from({ length: 20 }, () => wire(kit.port)));
    for (const { send } of streams) send(head('GET /events'));
    await Promise.all(streams.map(({ hears }) => hears(/retry/)));
    const elapsed = clock();
    await kit.stop(5_000);
    expect(elapsed()).toBeLessThan(500);
    await Promise.all(streams.map(({ closed }) => closed));
    for (const { heard } of streams) expect(heard()).toMatch(/\r\n0\r\n\r\n$/);
  });

  it('lets a download go on, and closes its connection when it is through', async () => {
    const bytes = (async function* () {
      for (let count = 0; count < 20; count += 1) {
        await pause(10);
        yield Buffer.alloc(MB, '#');
      }
    })();
    await start({ download: () => outgoing('', { bytes, length: 20 * MB }) });
    const reader = await wire(kit.port);
    reader.send(head('GET /blob'));
    await reader.hears(/#/);
    const stopped = kit.stop(10_000);
    expect(await soon(stopped, 5_000)).toBe(true);
    await reader.closed;
    expect(reader.heard().replaceAll(/[^#]/g, '').length).toBe(20 * MB);
  });

  it('does not cut an answer that was given but not yet taken', async () => {
    const big = '#'.repeat(20 * MB);
    await start({ wait: async () => big, timing: { readerMs: 60_000 } });
    const reader = await wire(kit.port);
    reader.socket.pause();
    reader.send(head('GET /wait'));
    await pause(150);
    const stopped = kit.stop(10_000);
    await pause(50);
    reader.socket.resume();
    expect(await soon(stopped, 5_000)).toBe(true);
    await reader.closed;
    expect(reader.heard().replaceAll(/[^#]/g, '').length).toBe(20 * MB);
  });

  it('lets an upload finish', async () => {
    await start();
    const sender = await wire(kit.port);
    sender.send(`${head('PUT /blob', 'Authorization: Bearer good', 'Content-Length: 10')}12345`);
    await pause(30);
    const stopped = kit.stop(5_000);
    await pause(30);
    sender.send('67890');
    await sender.hears(/204 No Content[\s\S]*Connection: close/);
    expect(await soon(stopped, 1_000)).toBe(true);
  });

  it('cuts at the deadline what is left', async () => {
    await start({ wait: () => new Promise(() => {}) });
    const stuck = await wire(kit.port);
    stuck.send(head('GET /wait'));
    await pause(30);
    const elapsed = clock();
    await kit.stop(200);
    await stuck.closed;
    expect(elapsed()).toBeGreaterThanOrEqual(190);
    expect(elapsed()).toBeLessThan(1_000);
    expect(await eventually(() => kit.lines.length === 1)).toBe(true);
    expect(kit.lines[0]).toMatchObject({ operationId: 'wait', status: 499, cut: true });
  });

  it('can be asked for twice, and before anybody listens', async () => {
    await start();
    await Promise.all([kit.stop(1_000), kit.stop(1_000)]);
    expect(await soon(kit.stop(1_000), 500)).toBe(true);
  });
});

describe('connections that do not behave', () => {
  const { kit, start } = kitStage(200);

  it('are cut when their headers do not come to an end in time', async () => {
    await start({ timing: { headersMs: 200 } });
    const [dribbler, mute] = await Promise.all([wire(kit.port), wire(kit.port)]);
    const elapsed = clock();
    dribbler.send('GET /words HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => dribbler.socket.writable && dribbler.send('X: y\r\n'), 20);
    await Promise.all([dribbler.closed, mute.closed]);
    clearInterval(drip);
    expect(elapsed()).toBeLessThan(1_000);
    expect(dribbler.heard()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('are refused a flood of headers, and the next client is served', async () => {
    await start();
    const flood = await wire(kit.port);
    flood.send(`GET /words HTTP/1.1\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(100)}`);
    await flood.closed;
    expect(flood.heard()).toMatch(/^HTTP\/1\.1 431 /);
    expect((await fetch(`${kit.url}/words`)).status).toBe(200);
  });

  it('are told off for what is not HTTP, also in the middle of a body', async () => {
    await start();
    const [noise, badChunk] = await Promise.all([wire(kit.port), wire(kit.port)]);
    noise.send('\x16\x03\x01 this is TLS\r\n\r\n');
    badChunk.send(`${head('PUT /blob', 'Authorization: Bearer good', 'Transfer-Encoding: chunked')}zz\r\n`);
    await Promise.all([noise.closed, badChunk.closed]);
    expect(noise.heard()).toMatch(/^HTTP\/1\.1 400 /);
    expect(badChunk.heard()).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${kit.url}/words`)).status).toBe(200);
  });

  it('are closed when nothing moves on them', async () => {
    await start({ timing: { idleMs: 150, keepAliveMs: 100 } });
    const [idle, waiting] = await Promise.all([wire(kit.port), wire(kit.port)]);
    const elapsed = clock();
    idle.send(head('GET /words'));
    waiting.send(`${head('PUT /blob', 'Authorization: Bearer good', 'Content-Length: 10')}1`);
    await Promise.all([idle.closed, waiting.closed]);
    expect(idle.heard()).toContain('200 OK');
    expect(elapsed()).toBeLessThan(2_500);
  });

  it('are kept while their client has said all and waits for our answer, and are closed if it never takes that', async () => {
    const slow = () => pause(1_000);
    await start({
      wait: () => slow().then(() => '#'.repeat(20 * MB)),
      upload: doing(async ({ bytes }) => {
        for await (const _ of bytes);
        await slow();
      }),
      timing: { idleMs: 300, readerMs: 60_000, keepAliveMs: 100 },
    });
    const [reader, sender, deaf] = await Promise.all([wire(kit.port), wire(kit.port), wire(kit.port)]);
    deaf.socket.pause();
    for (const one of [reader, deaf]) one.send(head('GET /wait'));
    sender.send(`${head('PUT /blob', 'Authorization: Bearer good', 'Content-Length: 2')}ab`);
    await Promise.all([reader.hears(20 * MB, 10_000), sender.hears(/204 No Content/, 10_000)]);
    expect(await eventually(() => kit.lines.length === 3, 10_000)).toBe(true);
    deaf.socket.resume();
    await deaf.closed;
    expect(deaf.heard().length).toBeLessThan(20 * MB);
  });
});
