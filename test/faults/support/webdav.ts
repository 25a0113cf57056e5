import { readdir, readlink } from 'node:fs/promises';
import type { Export, ExportState, Provider } from '../../../src/ports/fleet/providers.js';

/** Processes at work in a directory below this one. */
export const childrenBelow = async (directory: string): Promise<readonly number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const homes = await Promise.all(
    pids.map(async (pid) => ({ pid, home: await readlink(`/proc/${pid}/cwd`).catch(() => '') })),
  );
  return homes.filter(({ home }) => home.startsWith(`${directory}/`)).map(({ pid }) => pid);
};

/** A client of one export; its requests are those of fetch. */
export const webdavOf = (
  { webdav }: ExportState['served'],
  { username, password }: Pick<Export, 'username' | 'password'>,
) => {
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = (
    method: string,
    path: string,
    body?: RequestInit['body'],
    headers: Record<string, string> = {},
  ) =>
    fetch(`${webdav?.url}${path.split('/').map(encodeURIComponent).join('/')}`, {
      method,
      headers: { Authorization: login, ...headers },
      ...(body !== undefined && { body, duplex: 'half' }),
    } as RequestInit);
  const spoken = async (answer: Promise<Response>): Promise<number> => {
    const response = await answer;
    await response.arrayBuffer();
    return response.status;
  };
  return {
    ask,
    put: (path: string, body: NonNullable<RequestInit['body']>) => spoken(ask('PUT', path, body)),
    mkdir: (path: string) => spoken(ask('MKCOL', path)),
    remove: (path: string) => spoken(ask('DELETE', path)),
    status: (path: string) => spoken(ask('GET', path)),
    get: async (path: string): Promise<Buffer> => Buffer.from(await (await ask('GET', path)).arrayBuffer()),
  };
};
export type Webdav = ReturnType<typeof webdavOf>;

/** The client of an export that is served. */
export const clientOn = async (provider: Provider, ref: string, wanted: Export): Promise<Webdav> => {
  const states = (await provider.control.health(ref))._unsafeUnwrap();
  const state = states.find(({ fileSystemId }) => fileSystemId === wanted.fileSystemId);
  if (!state) throw new Error(`${wanted.fileSystemId} is not served`);
  return webdavOf(state.served, wanted);
};
