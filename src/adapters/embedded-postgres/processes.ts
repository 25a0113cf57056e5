import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ownName as nameWith, statOf } from '../kit/processes.js';

const onLinux = process.platform === 'linux';

/** A file name that says which process made it, another one at each call. */
export const ownName = (): Promise<string> =>
  // node:crypto and not the Random port: this runs before anything is composed, and no test replays it.
  nameWith(randomBytes(4).toString('hex'));

/** A server works inside its data directory: that, and not its number alone, tells it from other programs. */
export const isPostmasterOf = async (data: string, pid: number): Promise<boolean> => {
  if (onLinux) {
    const [stat, cwd] = await Promise.all([statOf(pid), readlink(`/proc/${pid}/cwd`).catch(() => '')]);
    return stat?.program === 'postgres' && cwd === data;
  }
  const ps = await promisify(execFile)('ps', ['-o', 'command=', '-p', `${pid}`]).catch(() => ({
    stdout: '',
  }));
  return `${ps.stdout.trim()} `.includes(` -D ${data} `);
};
