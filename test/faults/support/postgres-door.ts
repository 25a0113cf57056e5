import { connect, createServer, type Socket } from 'node:net';

/** What gets through: all there is, questions without their answers, or nothing; connections stand in any case. */
type Passing = 'all' | 'questions' | 'nothing';

type Line = { readonly client: Socket; readonly upstream: Socket };

const pass = ({ client, upstream }: Line, what: Passing): void => {
  client.unpipe(upstream);
  upstream.unpipe(client);
  if (what !== 'nothing') client.pipe(upstream);
  if (what === 'all') upstream.pipe(client);
};

/** Calls `found` when a transaction that has said `word` is about to be committed. */
const atCommitOf = ({ client }: Line, word: () => string | undefined, found: () => void): void => {
  let said: string | undefined;
  client.on('data', (chunk: Buffer) => {
    const wanted = word();
    if (wanted === undefined) return;
    if (chunk.includes(wanted)) said = wanted;
    if (said === wanted && chunk.includes('COMMIT')) found();
  });
};

/**
 * A way to the database that can be shut: what goes through it breaks, and nothing new gets in. It can fall silent as
 * well: nothing breaks, and what is on its way arrives once all may pass again.
 */
export const postgresDoor = async (url: string) => {
  const there = new URL(url);
  const target = { host: there.hostname, port: Number(there.port || 5432) };
  const open = new Set<Socket>();
  const lines = new Set<Line>();
  let isShut = false;
  let passing: Passing = 'all';
  let silencing: string | undefined;
  const letPass = (what: Passing): void => {
    passing = what;
    silencing = undefined;
    for (const line of lines) pass(line, what);
  };
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('error', () => undefined).once('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    if (isShut) return void client.destroy();
    const line: Line = { client: keep(client), upstream: keep(connect(target)) };
    lines.add(line);
    atCommitOf(
      line,
      () => silencing,
      () => letPass('questions'),
    );
    pass(line, passing);
    client.once('close', () => {
      lines.delete(line);
      line.upstream.destroy();
    });
    line.upstream.once('close', () => client.destroy());
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
    letPass,
    /** No answer passes any more from the COMMIT of the next transaction that says this word. */
    silenceCommitOf: (word: string) => {
      silencing = word;
    },
    close: () => {
      cut();
      server.close();
    },
  };
};
