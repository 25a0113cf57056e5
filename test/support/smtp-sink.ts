import { createServer, type Socket } from 'node:net';

export type SmtpSink = {
  readonly url: string;
  /** Raw messages, headers and all, in the order of their arrival. */
  readonly received: readonly string[];
  readonly close: () => Promise<void>;
};

/** The few words of SMTP (RFC 5321) that a client needs to hand over a message. Loopback only. */
const converse = (socket: Socket, received: string[]): void => {
  let buffer = '';
  let inData = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'DATA') inData = true;
    say(verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok');
  };
  const take = (): boolean => {
    const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
    if (end < 0) return false;
    const text = buffer.slice(0, end);
    buffer = buffer.slice(end + (inData ? 5 : 2));
    if (!inData) command(text);
    else {
      inData = false;
      received.push(text);
      say('250 kept');
    }
    return true;
  };
  say('220 sink');
  socket.on('data', (chunk) => {
    buffer += chunk.toString('utf8');
    while (take());
  });
  socket.on('error', () => socket.destroy());
};

export const smtpSink = (): Promise<SmtpSink> =>
  new Promise((resolve) => {
    const received: string[] = [];
    const server = createServer((socket) => converse(socket, received));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      resolve({
        url: `smtp://127.0.0.1:${port}`,
        received,
        close: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
