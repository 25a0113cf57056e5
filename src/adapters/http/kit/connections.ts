import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

export type Connections = {
  /** Takes no new connection, closes those without a request, lets the others finish, and cuts at the deadline. */
  readonly close: (deadlineMs: number) => Promise<void>;
};

/**
 * Which sockets are at work. Node's own `server.close()` counts a socket as idle when its answer was handed
 * over but not yet written out, and would cut it; and it forgets those that become idle afterwards.
 */
export const connectionsOf = (server: Server): Connections => {
  const sockets = new Map<Socket, number>();
  let closing = false;
  const settle = (socket: Socket): void => {
    const left = (sockets.get(socket) ?? 0) - 1;
    if (!socket.destroyed) sockets.set(socket, left);
    if (closing && left <= 0) socket.destroySoon();
  };
  const begin = ({ socket }: IncomingMessage, res: ServerResponse): void => {
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    res.once('close', () => settle(socket));
  };
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, 0);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', begin).on('checkContinue', begin);
  const cut = (only: (running: number) => boolean): void => {
    for (const [socket, running] of sockets) if (only(running)) socket.destroy();
  };
  return {
    close: (deadlineMs) =>
      new Promise((resolve) => {
        closing = true;
        const deadline = setTimeout(() => cut(() => true), deadlineMs);
        NetServer.prototype.close.call(server, () => {
          clearTimeout(deadline);
          resolve();
        });
        cut((running) => running === 0);
      }),
  };
};
