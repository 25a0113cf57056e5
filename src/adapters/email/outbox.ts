import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResultAsync } from 'neverthrow';
import type { Email, EmailMessage } from '../../ports/shared/email.js';
import type { Unavailable } from '../../ports/shared/failure.js';

const NEWEST = 50;

export type Outbox = Email & {
  /** The newest messages first. Message ids are UUIDv7, so names sort by time. */
  readonly newest: () => Promise<readonly EmailMessage[]>;
};

/** Mail that goes nowhere: files only their owner can read, for the demo's outbox page. */
export const outbox = (directory: string): Outbox => ({
  send: ResultAsync.fromThrowable(
    async (message) => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, `${message.id}.json`);
      await writeFile(`${path}.part`, JSON.stringify(message), { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    (cause): Unavailable => ({ kind: 'unavailable', dependency: 'outbox', cause }),
  ),
  newest: async () => {
    const names = await readdir(directory).catch(() => []);
    const messages = names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .reverse()
      .slice(0, NEWEST);
    return Promise.all(
      messages.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as EmailMessage),
    );
  },
});
