import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { takePorts } from '../../../../src/adapters/rclone/ports.js';

const host = '127.0.0.1';
const range = { first: 30_100, last: 30_199 };
const listening: Server[] = [];

const occupy = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    listening.push(server);
    server.listen({ host, port }, () => resolve());
  });

describe('the ports of an export', () => {
  afterEach(async () => {
    for (const server of listening.splice(0)) await new Promise((closed) => server.close(closed));
  });

  it('are those it had, where they are free', async () => {
    const before = { port: 30_150, controlPort: 30_160 };
    expect(await takePorts({ ports: range, host }, new Set(), before)).toEqual(before);
  });

  it('are never one and the same, though the first that is free is the other one it had', async () => {
    const [port, controlPort] = [30_101, 30_100];
    await occupy(port);
    const taken = await takePorts({ ports: range, host }, new Set(), { port, controlPort });
    expect(new Set([taken.port, taken.controlPort, port]).size).toBe(3);
  });

  it('are none that another one was promised, though it has not come up yet', async () => {
    const taken = await takePorts({ ports: range, host }, new Set([30_150]), {
      port: 30_150,
      controlPort: 30_160,
    });
    expect([taken.port === 30_150, taken.controlPort]).toEqual([false, 30_160]);
  });
});
