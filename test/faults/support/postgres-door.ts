import { connect, createServer, type Socket } from 'node:net';

/** A way to the database that can be shut: what goes through it breaks, and nothing new gets in. */
export const postgresDoor = async (url: string) => {
  const there = new URL(url);
  const target = { host: there.hostname, port: Number(there.port || 5432) };
  const open = new Set<Socket>();
  let isShut = false;
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('error', () => undefined).once('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    if (isShut) return void client.destroy();
    const upstream = keep(connect(target));
    keep(client).pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const here = new URL(url);
  here.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: here.href,
    shut: () => {
      isShut = true;
      cut();
    },
    reopen: () => {
      isShut = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
};
