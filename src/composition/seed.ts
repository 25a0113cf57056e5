import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from 'inversify';
import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import type { Member } from '../domain/shared/principal.js';
import type { Config } from './config.js';
import { contexts, ports } from './tokens.js';

export type Credentials = {
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
  readonly projectId: string;
  readonly bucketId: string;
};

const EMAIL = 'demo@example.com';
const unwrap = async <T, E extends { readonly kind: string }>(result: ResultAsync<T, E>): Promise<T> =>
  (await result).match(
    (value) => value,
    (failure) => {
      throw new Error(`the demo cannot be set up: ${failure.kind}`);
    },
  );

const pathOf = (config: Config): string => join(config.dataDir, 'demo-credentials.json');

/** Written once, for its owner only; a demo that is started again shows what is there. */
export const savedCredentials = async (config: Config): Promise<Credentials | undefined> => {
  try {
    return JSON.parse(await readFile(pathOf(config), 'utf8')) as Credentials;
  } catch {
    return undefined;
  }
};

/** On an empty demo database: a user, a project, an API key and a bucket, made by the same use cases as anybody's. */
export const seed = async (
  container: Container,
  db: Knex,
  config: Config,
): Promise<Credentials | undefined> => {
  const [row] = await db('users').limit(1).select('id');
  if (row) return undefined;
  const accounts = container.get(contexts.accounts);
  const visit = {
    at: container.get(ports.clock).now(),
    address: '127.0.0.1',
    requestId: container.get(ports.ids).next(),
  };
  const password = container.get(ports.random).token(18);
  const user = await unwrap(accounts.addUser({ email: EMAIL, password, firstName: 'Demo' }, visit));
  const caller = {
    ...visit,
    userId: user.id,
    via: { kind: 'session', id: user.id },
    platformAdmin: false,
  } as const;
  const project = await unwrap(accounts.createProject({ name: 'Demo project' }, caller));
  const member: Member = { ...caller, accountId: project.id, role: 'owner' };
  const { key } = await unwrap(accounts.createApiKey({ name: 'Demo key' }, caller));
  const { bucket } = await unwrap(
    container
      .get(contexts.storage)
      .createBucket({ name: 'demo-files', region: config.managed.region ?? config.STORAGE_REGION }, member),
  );
  const credentials = { email: EMAIL, password, apiKey: key, projectId: project.id, bucketId: bucket.id };
  await writeFile(pathOf(config), `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  return credentials;
};

/** What a person sees who has just started the demo. */
export const welcome = (origin: string, credentials: Credentials | undefined, fresh: boolean): string => {
  if (!credentials) return `Tollhouse is serving ${origin} (operations: ${origin}/docs).\n`;
  const { email, password, apiKey, projectId, bucketId } = credentials;
  const auth = `-H "Authorization: Bearer ${apiKey}"`;
  return [
    `Tollhouse demo on ${origin}`,
    `  pages       ${origin}/app`,
    `  operations  ${origin}/docs`,
    `  outbox      ${origin}/outbox`,
    ...(fresh
      ? [
          `  user        ${email}`,
          `  password    ${password}`,
          `  API key     ${apiKey}`,
          '  (shown this once; kept in demo-credentials.json in the data directory)',
        ]
      : [`  user        ${email} (password and key: demo-credentials.json in the data directory)`]),
    ...(fresh
      ? [
          'Try:',
          `  curl ${auth} ${origin}/v1/projects/${projectId}`,
          `  curl ${auth} -T README.md "${origin}/v1/buckets/${bucketId}/objects?key=README.md"`,
          `  curl ${auth} "${origin}/v1/buckets/${bucketId}/objects"`,
        ]
      : []),
    '',
  ].join('\n');
};
