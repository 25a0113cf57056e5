import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections on which nothing has moved for so long. One whose request is here in full and has no answer
 * yet is not taken for dead: it is we who are waited for, by somebody with nothing left to say.
 */
export const closeQuiet = (server: Server, idleMs: number): void => {
  const judge = (req: IncomingMessage, res: ServerResponse): void => {
    res.on('timeout', (socket: Socket) => {
      if (!req.complete || res.headersSent) socket.destroy();
    });
  };
  server.on('request', judge).on('checkContinue', judge);
  server.setTimeout(idleMs);
};
