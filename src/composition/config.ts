import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import { currencyCode, httpUrl, list, networks, price, whole } from './fields.js';
import { localGatewaySettings } from './local-settings.js';
import { type Managed, managedOf, managedStoreSettings } from './managed-store.js';
import { paymentProblems, paymentSettings } from './payment-settings.js';
import { quotaSettings } from './quota-settings.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Every setting there is, with what it is for. The README's table is made from this. */
export const Settings = z.object({
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Not loopback: the live profile.'),
  PORT: whole(0, 65_535).default(8080).describe('Port to listen on; 0 takes a free one.'),
  NODE_ENV: z.string().optional().describe('`production` makes it the live profile.'),
  ROLE: z
    .enum(['api', 'worker', 'all'])
    .default('all')
    .describe('What this process does: answer requests, run jobs, or both.'),
  TOLLHOUSE_DATA_DIR: z
    .string()
    .min(1)
    .default('.tollhouse')
    .describe('Where the embedded database, the objects and the demo’s secrets are kept.'),
  HOST_ID: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Names this host among those that share the database. Made once and kept in the data directory.',
    ),
  DEPLOYMENT_ID: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Names this deployment: gateways of another one are left alone. Made once and kept in the data directory; the same on every host.',
    ),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 15 or newer. Absent: the embedded one (demo only).'),
  DATABASE_POOL_SIZE: whole(1, 500).default(10).describe('Connections this process may hold.'),
  DATABASE_TIMEOUT_SECONDS: whole(1, 3_600)
    .default(30)
    .describe(
      'Seconds that a statement may take; a database that says nothing for five more is given up, and requests are answered with 503.',
    ),
  TOLLHOUSE_SECRET_KEY: list
    .optional()
    .describe('Comma-separated keys of 32 or more characters; the first seals, all open. Made by the demo.'),
  BASE_URL: httpUrl
    .optional()
    .describe('Where clients reach this server, for links. Default: where it listens.'),
  TRUSTED_PROXIES: networks.prefault('').describe('Addresses or networks whose X-Forwarded-For counts.'),
  CORS_ORIGINS: list.prefault('').describe('Origins whose pages may call the API.'),
  REGISTRATION: z
    .enum(['open', 'invite', 'closed'])
    .default('open')
    .describe('Who may sign up: anybody, holders of an invitation, nobody.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('Mail server: smtps://user:password@host:465. Absent: the demo’s outbox page.'),
  EMAIL_FROM: z.string().min(3).default('Tollhouse <noreply@localhost>').describe('Sender of all mail.'),
  STORAGE_REGION: z
    .string()
    .min(1)
    .max(64)
    .default('local')
    .describe('Name of the region of managed buckets, where they live in files here.'),
  ...managedStoreSettings,
  OUTBOUND_ALLOW: networks
    .prefault('')
    .describe('Addresses or networks, besides the public internet, that connections may lead to.'),
  MAX_OBJECT_BYTES: whole(1, 5 * 1024 * GIB)
    .default(50 * GIB)
    .describe('Largest object, in bytes.'),
  FREE_SPACE_FLOOR: whole(0, 1024 * GIB)
    .default(GIB)
    .describe('Uploads are refused when the disk has fewer bytes free than this.'),
  ...quotaSettings,
  ...localGatewaySettings,
  PRICE_CURRENCY: currencyCode
    .prefault('usd')
    .describe('Currency of all prices, an ISO 4217 code. Fixed by the first start.'),
  PRICE_STORAGE_GB_DAY: price
    .prefault('0.000667')
    .describe(
      'What a gigabyte (10⁹ bytes) stored for a day costs. A new price holds from the next start on.',
    ),
  ...paymentSettings,
  REQUESTS_PER_MINUTE: whole(1, 10_000_000)
    .default(6_000)
    .describe('Requests per user, key or (unauthenticated) address and minute, in one process.'),
  METRICS_PORT: whole(1, 65_535).optional().describe('Serves /metrics on this loopback port as well.'),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Bearer token that may read /metrics on the main port.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('Least severe line that is written.'),
});
type Parsed = z.output<typeof Settings>;

export type Profile = 'demo' | 'live';
export type Config = Parsed & {
  readonly profile: Profile;
  readonly dataDir: string;
  readonly secretKeys: readonly string[];
  readonly managed: Managed;
};

/** What is wrong with the environment, one line a setting, in the words of a person who has to mend it. */
export class ConfigError extends Error {}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');

const profileOf = ({ NODE_ENV, DATABASE_URL, HOST }: Parsed): Profile =>
  NODE_ENV === 'production' || DATABASE_URL !== undefined || !isLoopback(HOST) ? 'live' : 'demo';

/** Live makes nothing up: these must be given. */
const NEEDED_LIVE = {
  DATABASE_URL: 'the live profile does not use the embedded database',
  TOLLHOUSE_SECRET_KEY: 'the live profile does not make a secret up; `openssl rand -base64 32` does',
  BASE_URL: 'links in mail need the address that clients use',
  SMTP_URL: 'invitations and confirmations are sent by mail',
} as const satisfies Partial<Record<keyof Parsed, string>>;

const missing = (parsed: Parsed): string[] =>
  Object.entries(NEEDED_LIVE)
    .filter(([name]) => parsed[name as keyof typeof NEEDED_LIVE] === undefined)
    .map(([name, why]) => `${name} is missing: ${why}.`);

/** The demo's own key: made once, readable by its owner only. */
const demoKey = (dataDir: string): string => {
  const path = join(dataDir, 'secret-key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  return readFileSync(path, 'utf8').trim();
};

/** Reads the environment. Throws ConfigError naming every bad or missing setting at once. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  // An empty variable is how a compose file says "not set".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Settings.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')} is wrong: ${issue.message}.`).join('\n'),
    );
  const profile = profileOf(parsed.data);
  const managed = managedOf(parsed.data);
  const problems = [
    ...(profile === 'live' ? missing(parsed.data) : []),
    ...(managed.isErr() ? managed.error : []),
    ...paymentProblems(parsed.data),
  ];
  if (managed.isErr() || problems.length > 0) throw new ConfigError(problems.join('\n'));
  const dataDir = resolve(parsed.data.TOLLHOUSE_DATA_DIR);
  return {
    ...parsed.data,
    profile,
    dataDir,
    managed: managed.value,
    secretKeys: parsed.data.TOLLHOUSE_SECRET_KEY ?? [demoKey(dataDir)],
  };
};
