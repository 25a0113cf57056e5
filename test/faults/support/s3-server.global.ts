import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TOOL = join(import.meta.dirname, '../../support/tools/s3-server.sh');
const MINUTE = 60_000;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Why there cannot be one here; undefined where there can. */
const hindrance = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'it takes root to start one';
  const debian = await readFile('/etc/debian_version', 'utf8').catch(() => undefined);
  return debian === undefined ? 'the packages it is made of are those of Debian' : undefined;
};

const loudly = (why: string): void => {
  const line = '!'.repeat(100);
  process.stderr.write(
    `${line}\n!! NO REAL S3 SERVER: ${why}.\n!! The suites that need one are left out.\n${line}\n`,
  );
};

/** One S3 server for all fault tests, unless one is given or none can be had. */
export const setup = async (): Promise<(() => Promise<void>) | undefined> => {
  if (process.env['S3_TEST_ENDPOINT']) return undefined;
  const why = await hindrance();
  if (why) return void loudly(why);
  const directory = await mkdtemp('/var/tmp/tollhouse-s3-');
  const stop = async () => {
    await run('bash', [TOOL, 'down', directory]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { stdout } = await run('bash', [TOOL, 'up', directory, String(await freePort())], {
      timeout: 5 * MINUTE,
    });
    for (const [, name = '', value] of stdout.matchAll(/(S3_TEST_\w+)=(\S+)/g)) process.env[name] = value;
    return stop;
  } catch (cause) {
    await stop();
    return void loudly(`it did not start: ${(cause as Error).message.slice(0, 500)}`);
  }
};
