import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';

const DIST = join(import.meta.dirname, '../../../dist/composition');
export const MAIN = join(DIST, 'main.js');

/** What a run of the journey left behind. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Starts the built journey, as `npm run journey -- …args` does. */
export const startJourney = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ran> } => {
  const child = spawn(process.execPath, [join(DIST, 'journey.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([exit, stdout, stderr]) => ({ code: exit, stdout, stderr }),
  );
  return { child, ended };
};

export const journey = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> =>
  startJourney(args, env).ended;

/** The figures of one line of the receipt: files, then bytes where the step moves some. */
export const figuresOf = ({ stdout }: Ran, step: string): readonly number[] => {
  const line = stdout.split('\n').find((one) => one.slice(2).startsWith(`${step} `)) ?? '';
  return (line.match(/(?<= )[\d,]+(?= |$)/g) ?? []).map((figure) => Number(figure.replaceAll(',', '')));
};

/** What a dishonest server does with one request: an answer of its own, silence, or another body. */
export type Trick =
  | { readonly answer: number; readonly headers?: Record<string, string> }
  | 'silence'
  | ((body: Buffer) => Buffer);

export type Asked = {
  readonly method: string;
  readonly path: string;
  /** The key or prefix of the request. */
  readonly about: string;
  /** How many requests came before. */
  readonly before: number;
};

/** A proxy in front of a server, honest but for its tricks; it keeps the answers that it passed on. */
export const openProxy = async (origin: string, trick: (asked: Asked) => Trick | undefined) => {
  const passed: string[] = [];
  let before = 0;
  const pass = (from: IncomingMessage, to: ServerResponse, change?: (body: Buffer) => Buffer): void => {
    const { method = '', url = '', headers } = from;
    const upstream = request(origin + url, { method, headers }, async (reply) => {
      passed.push(`${method} ${url} ${reply.statusCode}`);
      to.writeHead(reply.statusCode ?? 502, reply.headers);
      if (!change) return void reply.pipe(to);
      const body = await buffer(reply);
      const changed = change(body);
      to.end(changed, () => changed.length < body.length && to.destroy());
    });
    upstream.on('error', () => to.destroy());
    to.once('close', () => upstream.destroy());
    from.pipe(upstream);
  };
  const server = createServer((from, to) => {
    const { pathname: path, searchParams: query } = new URL(from.url ?? '', origin);
    const about = query.get('key') ?? query.get('prefix') ?? '';
    const what = trick({ method: from.method ?? '', path, about, before });
    before += 1;
    if (what === 'silence') from.resume();
    else if (typeof what !== 'object') pass(from, to, what);
    else from.resume().once('end', () => to.writeHead(what.answer, what.headers).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed, close };
};
