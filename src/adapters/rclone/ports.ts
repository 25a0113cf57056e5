import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { PortRange, RcloneOptions } from './options.js';
import type { ExportRecord } from './records.js';

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

const FREE_WITHIN_MS = 1_000;
const POLL_MS = 50;

/** A process that has ended may hold its port a moment longer, while the last of its threads go. */
const isFreeSoon = async (host: string, port: number): Promise<boolean> => {
  for (const end = performance.now() + FREE_WITHIN_MS; performance.now() < end; await pause(POLL_MS))
    if (await isFree(host, port)) return true;
  return false;
};

/** `wanted` where it is free and nobody else’s, else the first free port of the range that nobody has been promised. */
export const takePort = async (
  { first, last }: PortRange,
  host: string,
  promised: ReadonlySet<number>,
  wanted?: number | undefined,
): Promise<number> => {
  if (wanted !== undefined && !promised.has(wanted) && (await isFreeSoon(host, wanted))) return wanted;
  for (let port = first; port <= last; port += 1)
    if (!promised.has(port) && (await isFree(host, port))) return port;
  throw new Error(`no port from ${first} to ${last} is free on ${host}`);
};

export type Ports = Pick<ExportRecord, 'port' | 'controlPort' | 'nfsPort'>;

/** The ports of an export: those it had, where they are free, and none that another one was promised. */
export const takePorts = async (
  { ports: range, host, nfs }: Pick<RcloneOptions, 'ports' | 'host' | 'nfs'>,
  promised: ReadonlySet<number>,
  before: Ports | undefined,
): Promise<Ports> => {
  const port = await takePort(range, host, promised, before?.port);
  const held = new Set(promised).add(port);
  const controlPort = await takePort(range, '127.0.0.1', held, before?.controlPort);
  if (!nfs) return { port, controlPort };
  const nfsPort = await takePort(range, '127.0.0.1', held.add(controlPort), before?.nfsPort);
  return { port, controlPort, nfsPort };
};
