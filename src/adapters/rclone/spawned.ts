import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  /** All there is of it: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it works: by this it is found again. */
  readonly directory: string;
  readonly log: string;
};

/** Starts a process with a session of its own: it outlives this one, and no signal to our group reaches it. */
export const spawned = async ({ program, args, env, directory, log: path }: Command): Promise<number> => {
  const log = await open(path, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd: directory,
      env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    return await new Promise((resolve, reject) => {
      child.once('error', reject).once('spawn', () => resolve(child.pid ?? 0));
    });
  } finally {
    await log.close();
  }
};
