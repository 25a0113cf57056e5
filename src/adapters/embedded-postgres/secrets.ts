import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const Secrets = z.object({ superuser: z.string().min(1), app: z.string().min(1) });
export type Secrets = Readonly<z.infer<typeof Secrets>>;

export const SUPERUSER = 'postgres';
export const APP = 'tollhouse';

// node:crypto and not the Random port: a password must be unguessable in every profile, also a replayed one.
const password = (): string => randomBytes(24).toString('base64url');

export const createSecrets = async (file: string): Promise<Secrets> => {
  const secrets = { superuser: password(), app: password() };
  await writeFile(file, `${JSON.stringify(secrets)}\n`, { mode: 0o600, flush: true });
  return secrets;
};

export const wrongSecrets = (file: string, why: string, cause?: unknown): Error =>
  new Error(
    `The passwords of the embedded PostgreSQL in ${file} are ${why}: put the original file back (nothing was changed)`,
    { cause },
  );

export const readSecrets = async (file: string): Promise<Secrets> => {
  try {
    return Secrets.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw wrongSecrets(file, 'unreadable', cause);
  }
};

/** No TLS on loopback, said aloud: a PGSSLMODE in the environment would ask for it. */
const urlOf = (role: string, secret: string, port: number, database: string): string =>
  `postgresql://${role}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}?sslmode=disable`;

export const urlsOf = (secrets: Secrets, port: number) => ({
  url: urlOf(APP, secrets.app, port, APP),
  adminUrl: urlOf(SUPERUSER, secrets.superuser, port, 'postgres'),
});
