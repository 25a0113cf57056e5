import { createServer } from 'node:net';
import type { PortRange } from './options.js';

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** `wanted` where it is free, else the first free port of the range that nobody has been promised. */
export const takePort = async (
  { first, last }: PortRange,
  host: string,
  promised: ReadonlySet<number>,
  wanted?: number | undefined,
): Promise<number> => {
  if (wanted !== undefined && (await isFree(host, wanted))) return wanted;
  for (let port = first; port <= last; port += 1)
    if (!promised.has(port) && (await isFree(host, port))) return port;
  throw new Error(`no port from ${first} to ${last} is free on ${host}`);
};
