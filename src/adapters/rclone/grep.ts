import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

const MAX_NAMES = 256 * 1024 * 1024;
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

const Ended = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
const VANISHED = /: No such file or directory$/;

/** It tells by its end whether it listed any, and complains of files that went while it was looking. */
const listedAllTheSame = (cause: unknown): string => {
  const ended = Ended.safeParse(cause);
  const complaints = ended.data?.stderr.split('\n').filter((line) => line !== '') ?? [];
  if (!ended.success || !complaints.every((line) => VANISHED.test(line))) throw cause;
  return ended.data.stdout;
};

/**
 * Files at or below `path` that do not hold this text; none where there is no such path. grep reads some twenty
 * thousand in the time in which we would read a thousand. Throws where some could not be read.
 */
export const filesWithout = async (text: string, path: string): Promise<readonly string[]> => {
  const names = await promisify(execFile)('grep', ['-rLZF', '--', text, path], {
    env: ENVIRONMENT,
    maxBuffer: MAX_NAMES,
  }).then(({ stdout }) => stdout, listedAllTheSame);
  return names.split('\0').slice(0, -1);
};

/** Whether it is GNU's, or one that understands the same. */
export const isGrepHere = (): Promise<boolean> =>
  filesWithout('anything', '/dev/null').then(
    ([first]) => first === '/dev/null',
    () => false,
  );
