import type { Knex } from 'knex';
import type { Logger } from 'pino';
import { embeddedPostgres } from '../adapters/embedded-postgres/launcher.js';
import { openDatabase } from '../adapters/knex/kit/database.js';
import { migrate } from '../adapters/knex/kit/migrate.js';
import { checkKeys } from '../adapters/knex/shared/key-check.js';
import { type KeyRing, keyRing } from '../adapters/system/key-ring.js';
import { SECOND } from '../domain/shared/time.js';
import { type Config, ConfigError } from './config.js';

export type Database = { readonly db: Knex; readonly ring: KeyRing; readonly close: () => Promise<void> };

const OLDEST = 15;

const ringOf = (config: Config): KeyRing =>
  keyRing(config.secretKeys).match(
    (ring) => ring,
    (bad) => {
      throw new ConfigError(
        bad.kind === 'no_secret_key'
          ? 'TOLLHOUSE_SECRET_KEY is empty.'
          : `TOLLHOUSE_SECRET_KEY: key ${bad.position} has fewer than 32 characters.`,
      );
    },
  );

const recentEnough = async (db: Knex): Promise<void> => {
  const { rows } = await db.raw("select current_setting('server_version_num')::int / 10000 as major");
  if (Number(rows[0].major) < OLDEST)
    throw new ConfigError(
      `DATABASE_URL: PostgreSQL ${rows[0].major} is too old, ${OLDEST} is the oldest that works.`,
    );
};

/**
 * The database of this deployment, migrated, and proved to belong to the secret key. Without
 * DATABASE_URL that is the embedded one, which this starts or joins.
 */
export const openStore = async (config: Config, log: Logger): Promise<Database> => {
  const ring = ringOf(config);
  const embedded =
    config.DATABASE_URL === undefined
      ? await embeddedPostgres({ dataDir: config.dataDir, log: (line) => log.info(line) })
      : undefined;
  const url = config.DATABASE_URL ?? embedded?.url ?? '';
  const db = openDatabase({
    url,
    poolSize: config.DATABASE_POOL_SIZE,
    name: `tollhouse-${config.ROLE}`,
    timeout: config.DATABASE_TIMEOUT_SECONDS * SECOND,
    log: (level, text) => log[level](text),
  });
  const close = async () => {
    await db.destroy();
    await embedded?.leave();
  };
  try {
    await recentEnough(db);
    // Migrations take as long as they take.
    const migrator = openDatabase({ url, poolSize: 1, name: 'tollhouse-migrate' });
    await migrate(migrator).finally(() => migrator.destroy());
    const checked = await checkKeys(db, ring);
    if (checked.isErr()) throw keyProblem(checked.error);
    return { db, ring, close };
  } catch (problem) {
    await close();
    throw problem;
  }
};

const keyProblem = (failure: { readonly kind: string }): Error =>
  failure.kind === 'wrong_secret_key'
    ? new ConfigError('TOLLHOUSE_SECRET_KEY does not open this database: it was made with another key.')
    : new ConfigError('DATABASE_URL: the database does not answer.');
