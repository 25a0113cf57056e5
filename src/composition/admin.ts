import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { Container } from 'inversify';
import { rewrapDataKeys } from '../adapters/knex/shared/key-check.js';
import { emailAddress } from '../domain/accounts/user.js';
import { ConfigError, readConfig } from './config.js';
import { type Database, openStore } from './database.js';
import { openLog } from './log.js';
import { blobsOf, processContainer } from './profiles.js';
import { contexts, ports } from './tokens.js';

const USAGE = `Usage: npm run admin -- COMMAND

  grant EMAIL [--directory-only]
                   make a registered user a platform admin; with --directory-only one who may look at all
                   workspaces and change none
  revoke EMAIL     take that back
  publish-file-system --name NAME --description TEXT --server HOST --path PATH [--port 2049] --region REGION
                   add an entry to GET /v1/public-file-systems
  rewrap-keys      end a rotation of TOLLHOUSE_SECRET_KEY: afterwards the old keys may be dropped
`;

class UsageError extends Error {}

/** What a user is to the platform, and how that is said. */
const STANDINGS = {
  admin: { platformAdmin: true, platformViewer: undefined, told: 'is now a platform admin' },
  viewer: {
    platformAdmin: false,
    platformViewer: true,
    told: 'may look at all workspaces now, and is no platform admin',
  },
  none: { platformAdmin: false, platformViewer: undefined, told: 'is no longer a platform admin' },
} as const;

/** Platform admins are made here only: by whoever can start a process on the host. */
const setStanding = async (
  container: Container,
  address: string | undefined,
  standing: keyof typeof STANDINGS,
): Promise<string> => {
  const email = emailAddress(address ?? '');
  if (email.isErr()) throw new UsageError('EMAIL is not an e-mail address.');
  const at = container.get(ports.clock).now();
  const { told, ...flags } = STANDINGS[standing];
  const result = await container
    .get(ports.accounts)
    .run((tx) =>
      tx.users.byEmail(email.value).andThen((user) => tx.users.save({ ...user, ...flags, updatedAt: at })),
    );
  if (result.isErr())
    throw new UsageError(
      result.error.kind === 'not_found' ? `No user has the address ${email.value}.` : result.error.kind,
    );
  return `${email.value} ${told}.`;
};

const grant = (container: Container, args: string[]): Promise<string> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'directory-only': { type: 'boolean' } },
  });
  return setStanding(container, positionals[0], values['directory-only'] ? 'viewer' : 'admin');
};

const publish = async (container: Container, args: string[]): Promise<string> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { name: text, description: text, server: text, path: text, port: text, region: text },
  });
  const need = (name: 'name' | 'description' | 'server' | 'path' | 'region'): string => {
    const value = values[name];
    if (value === undefined) throw new UsageError(`--${name} is missing.`);
    return value;
  };
  const nfsPort = Number(values.port ?? 2049);
  if (!Number.isInteger(nfsPort) || nfsPort < 1 || nfsPort > 65_535)
    throw new UsageError('--port must be 1 to 65535.');
  const entry = {
    name: need('name'),
    description: need('description'),
    nfsServer: need('server'),
    nfsPath: need('path'),
    nfsPort,
    region: need('region'),
  };
  const result = await container.get(contexts.fleet).publishFileSystem(entry);
  if (result.isErr()) throw new Error(result.error.kind);
  return `${entry.name} is published.`;
};

const rewrap = async (container: Container, { db, ring }: Database): Promise<string> => {
  const result = await rewrapDataKeys(db, container.get(ports.sealer), ring);
  if (result.isErr()) throw new Error('the database does not answer', { cause: result.error.cause });
  return `${result.value} accounts were taken over; the first key of TOLLHOUSE_SECRET_KEY opens everything now.`;
};

const run = async (
  container: Container,
  database: Database,
  [command, ...args]: string[],
): Promise<string> => {
  if (command === 'grant') return grant(container, args);
  if (command === 'revoke') return setStanding(container, args[0], 'none');
  if (command === 'publish-file-system') return publish(container, args);
  if (command === 'rewrap-keys') return rewrap(container, database);
  throw new UsageError(USAGE);
};

const main = async (): Promise<void> => {
  const config = readConfig(process.env);
  const log = openLog({ LOG_LEVEL: 'silent' });
  const database = await openStore(config, log);
  const { db, ring, close } = database;
  try {
    const baseUrl = config.BASE_URL ?? `http://${config.HOST}:${config.PORT}`;
    const container = processContainer(config, { db, ring, blobs: blobsOf(config, db), baseUrl });
    process.stdout.write(`${await run(container, database, process.argv.slice(2))}\n`);
  } finally {
    await close();
  }
};

await main().catch((problem: Error) => {
  const plain = problem instanceof UsageError || problem instanceof ConfigError;
  process.stderr.write(`${plain ? problem.message : problem.stack}\n`);
  process.exitCode = problem instanceof UsageError ? 2 : 1;
});
