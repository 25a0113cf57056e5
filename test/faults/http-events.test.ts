import { describe, expect, it } from 'vitest';
import type { ServerSentEvent } from '../../src/adapters/http/kit/reply.js';
import { eventually, head, pause } from '../contract/http/kit/rig.js';
import { kitStage } from './support/http.js';

describe('event streams over real sockets', () => {
  const { kit, open } = kitStage();

  const ticking = (everyMs: number, data: unknown = 'tick') => {
    const state = { given: 0, returned: false, aborted: false };
    const events = async function* (signal: AbortSignal): AsyncIterable<ServerSentEvent> {
      signal.addEventListener('abort', () => (state.aborted = true));
      try {
        for (; !signal.aborted; state.given += 1) {
          if (everyMs > 0) await pause(everyMs);
          yield { event: 'tick', data };
        }
      } finally {
        state.returned = true;
      }
    };
    return { state, events };
  };
  const silent = (): AsyncIterable<ServerSentEvent> => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  });

  it('begin with how soon to come back, and say now and then that they live', async () => {
    const { send, hears, socket } = await open({ events: silent });
    send(head('GET /events'));
    await hears(/retry: 3000\n\n/);
    await hears(/(: hb\n\n[\s\S]*){3}/);
    socket.destroy();
  });

  it('end at the source when the client leaves', async () => {
    const { state, events } = ticking(5);
    const { send, hears, socket } = await open({ events });
    send(head('GET /events'));
    await hears(/(event: tick\ndata: "tick"\n\n[\s\S]*){2}/);
    socket.destroy();
    expect(await eventually(() => state.aborted && state.returned, 1_000)).toBe(true);
  });

  it('hold back a source whose reader does not drain, and then let the reader go', async () => {
    const { state, events } = ticking(0, 'x'.repeat(64 * 1024));
    const { send, socket, closed } = await open({ events, timing: { heartbeatMs: 300 } });
    socket.pause();
    send(head('GET /events'));
    expect(await eventually(() => state.returned, 2_000)).toBe(true);
    // What the kernel buffers, and one event of ours.
    expect(state.given).toBeLessThan(300);
    socket.resume();
    await closed;
  });

  it('end for the client when the source breaks', async () => {
    const { send, heard, closed } = await open({
      events: async function* () {
        yield { event: 'first', data: 1 };
        throw new Error('the source is gone');
      },
    });
    send(head('GET /events', 'Connection: close'));
    await closed;
    expect(heard()).toContain('event: first');
    expect(kit.defects.splice(0).map(String)).toEqual(['Error: the source is gone']);
  });

  it('begin where the client says that it left off', async () => {
    const { send, hears, socket } = await open({ events: silent });
    send(head('GET /events', 'Last-Event-ID: 17'));
    await hears(/retry: 3000\n\n/);
    expect(kit.app.ran).toEqual([{ lastEventId: '17' }]);
    socket.destroy();
  });

  it('go on for those only who would still be let in', async () => {
    let welcome = true;
    const { send, hears, heard, closed } = await open({ events: silent, mayFollow: () => welcome });
    send(head('GET /events', 'Connection: close'));
    await hears(/(: hb\n\n[\s\S]*){2}/);
    welcome = false;
    await closed;
    const beats = heard().split(': hb').length;
    expect(beats).toBeGreaterThan(2);
    expect(kit.lines.map(({ status, cut }) => [status, cut])).toEqual([[200, false]]);
  });

  it('end when it cannot be found out whether they may go on, which is a defect', async () => {
    let broken = false;
    const { send, hears, closed } = await open({
      events: silent,
      mayFollow: () => {
        if (broken) throw new Error('nobody knows');
        return true;
      },
    });
    send(head('GET /events', 'Connection: close'));
    await hears(/: hb\n\n/);
    broken = true;
    await closed;
    expect(kit.defects.splice(0).map(String)).toEqual(['Error: nobody knows']);
  });
});
