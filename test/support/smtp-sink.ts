import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

export type Received = {
  readonly to: string;
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  /** As it came, headers and all. */
  readonly raw: string;
};

/** Undoes quoted-printable (RFC 2045 6.7), which a mailer chooses when a line is long. */
const plain = (head: string, body: string): string =>
  /^content-transfer-encoding: *quoted-printable/im.test(head)
    ? body
        .replaceAll(/=\r\n/g, '')
        .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : body;

const letterOf = (to: string, data: string): Received => {
  const end = data.indexOf('\r\n\r\n');
  const head = data.slice(0, end).replaceAll(/\r\n[ \t]+/g, ' ');
  const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  // A line of the text that began with a dot came with one more (RFC 5321 4.5.2).
  const text = plain(head, data.slice(end + 4).replaceAll('\r\n..', '\r\n.')).replaceAll('\r\n', '\n');
  return { to, id: field('message-id'), subject: field('subject'), text, raw: data };
};

/** Just enough of RFC 5321 to take letters and keep them. */
const serve = (socket: Socket, keep: (letter: Received, kept: () => void) => void): void => {
  let waiting = '';
  let data: string | undefined;
  let to = '';
  const say = (line: string) => void socket.write(`${line}\r\n`);
  const take = (line: string): void => {
    if (data !== undefined && line !== '.') data += `${line}\r\n`;
    else if (data !== undefined) {
      keep(letterOf(to, data), () => say('250 kept'));
      data = undefined;
    } else if (/^RCPT TO:/i.test(line)) {
      to = /<(.*)>/.exec(line)?.[1] ?? '';
      say('250 ok');
    } else if (/^DATA/i.test(line)) {
      data = '';
      say('354 go on');
    } else say(/^QUIT/i.test(line) ? '221 bye' : '250 ok');
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    waiting += chunk.toString('latin1');
    for (let end = waiting.indexOf('\r\n'); end >= 0; end = waiting.indexOf('\r\n')) {
      const line = waiting.slice(0, end);
      waiting = waiting.slice(end + 2);
      take(line);
    }
  });
  say('220 here');
};

/** A mail server on a loopback port that delivers to nobody. */
export const smtpSink = async () => {
  const letters: Received[] = [];
  const sockets = new Set<Socket>();
  let holding = false;
  const held: (() => void)[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, (letter, kept) => {
      const take = (): void => {
        if (!sockets.has(socket)) return;
        letters.push(letter);
        kept();
      };
      if (holding) held.push(take);
      else take();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letters,
    /** From here on letters are read but not taken: their senders wait. */
    hold: (): void => {
      holding = true;
    },
    /** How many wait. */
    held: (): number => held.length,
    /** Takes the letters of those who still wait. */
    release: (): void => {
      holding = false;
      for (const take of held.splice(0)) take();
    },
    close,
  };
};
export type SmtpSink = Awaited<ReturnType<typeof smtpSink>>;
