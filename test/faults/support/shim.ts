import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What happens to connections made from now on. */
export type Trouble =
  | { readonly kind: 'none' }
  /** Bytes of both directions come this much later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The connection breaks after so many bytes of the request, or of the reply. */
  | { readonly kind: 'cut'; readonly way: 'up' | 'down'; readonly after: number }
  /** Every request is answered without its server. */
  | { readonly kind: 'busy' }
  /** The server gets the request and answers; the answer is lost. `when` looks at the request's first bytes. */
  | { readonly kind: 'reply_lost'; readonly when: (head: string) => boolean };

export type Shim = {
  readonly endpoint: string;
  readonly trouble: (trouble: Trouble) => void;
  /** First lines of the requests that have passed, in their order. */
  readonly requests: () => readonly string[];
  /** Connections that are open towards it now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
};

const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

const relay = (
  from: Socket,
  to: Socket,
  take: (chunk: Buffer) => Promise<Buffer | undefined> | Buffer | undefined,
) => {
  const pump = async () => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const passed = await take(chunk);
      if (passed === undefined || to.destroyed) return;
      if (!to.write(passed)) await new Promise((go) => to.once('drain', go).once('close', go));
    }
    to.end();
  };
  pump().catch(() => to.destroy());
};

/** As many bytes as are left; the rest breaks the connection. */
const cutting = (after: number, both: readonly Socket[]) => {
  let left = after;
  return (chunk: Buffer): Buffer | undefined => {
    if (chunk.length <= left) {
      left -= chunk.length;
      return chunk;
    }
    for (const socket of both) socket.destroy();
    return undefined;
  };
};

const between = (client: Socket, server: Socket, trouble: Trouble): void => {
  const both = [client, server];
  const pass = (chunk: Buffer) => chunk;
  const late = async (chunk: Buffer) => {
    await pause(trouble.kind === 'slow' ? trouble.ms : 0);
    return chunk;
  };
  let doomed = false;
  const watched = (chunk: Buffer) => {
    if (trouble.kind === 'reply_lost' && trouble.when(chunk.toString('latin1', 0, 2_000))) doomed = true;
    return chunk;
  };
  const lost = (chunk: Buffer) => {
    if (!doomed || /^HTTP\/1.1 100/.test(chunk.toString('latin1', 0, 12))) return chunk;
    for (const socket of both) socket.destroy();
    return undefined;
  };
  const ways = {
    none: [pass, pass],
    busy: [pass, pass],
    slow: [late, late],
    reply_lost: [watched, lost],
    cut:
      trouble.kind === 'cut'
        ? [pass, pass].map((way, n) =>
            n === (trouble.way === 'up' ? 0 : 1) ? cutting(trouble.after, both) : way,
          )
        : [],
  } as const;
  const [up = pass, down = pass] = ways[trouble.kind];
  relay(client, server, up);
  relay(server, client, down);
};

/** A line to a server on which things go wrong. */
export const shim = async (target: string): Promise<Shim> => {
  const { hostname, port } = new URL(target);
  let trouble: Trouble = { kind: 'none' };
  const clients = new Set<Socket>();
  const requests: string[] = [];
  const listener = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).once('close', () => clients.delete(client));
    if (trouble.kind === 'busy') {
      client.once('data', () => client.end(BUSY));
      return;
    }
    const server = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    server.on('error', () => client.destroy());
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroySoon());
    client.on('data', (chunk: Buffer) => {
      const [line] = /^[A-Z]+ \S+ HTTP\/1.1/.exec(chunk.toString('latin1', 0, 2_000)) ?? [];
      if (line) requests.push(line);
    });
    between(client, server, trouble);
  });
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
  const { port: own } = listener.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${own}`,
    trouble: (next) => {
      trouble = next;
    },
    requests: () => requests,
    open: () => clients.size,
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
};
