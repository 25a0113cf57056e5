import 'reflect-metadata';
import { Container, ContainerModule, type ServiceIdentifier } from 'inversify';
import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import type { Timing } from '../../src/adapters/http/kit/timing.js';
import { gatewayWorker } from '../../src/adapters/jobs/gateways.js';
import { type JobWorker, jobWorker } from '../../src/adapters/jobs/worker.js';
import { endpointsWithin } from '../../src/adapters/kit/outbound.js';
import { knexDeployment } from '../../src/adapters/knex/fleet/deployment.js';
import { TABLES as ACCOUNTS } from '../../src/adapters/memory/accounts/rows.js';
import { type MemoryProcessor, memoryProcessor } from '../../src/adapters/memory/billing/processor.js';
import { TABLES as BILLING } from '../../src/adapters/memory/billing/rows.js';
import { memoryDeployment } from '../../src/adapters/memory/fleet/deployment.js';
import type { MemoryProvider } from '../../src/adapters/memory/fleet/provider.js';
import { TABLES as FLEET } from '../../src/adapters/memory/fleet/rows.js';
import { type MemoryStore, memoryStore } from '../../src/adapters/memory/kit/store.js';
import { type FixedClock, fixedClock } from '../../src/adapters/memory/shared/fixed-clock.js';
import { type MemoryEmail, memoryEmail } from '../../src/adapters/memory/shared/memory-email.js';
import { plainPasswords } from '../../src/adapters/memory/shared/plain-passwords.js';
import { TABLES as SHARED } from '../../src/adapters/memory/shared/rows.js';
import {
  memoryForeignStores,
  type StrangersStore,
} from '../../src/adapters/memory/storage/foreign-stores.js';
import { memoryStore as memoryManaged } from '../../src/adapters/memory/storage/object-store.js';
import { TABLES as STORAGE } from '../../src/adapters/memory/storage/rows.js';
import { prometheusMetrics } from '../../src/adapters/prometheus/metrics.js';
import { systemIds } from '../../src/adapters/system/ids.js';
import { keyRing } from '../../src/adapters/system/key-ring.js';
import { PLATFORM_CONNECTION } from '../../src/application/billing/events/connections.js';
import { type Config, readConfig } from '../../src/composition/config.js';
import { type ServeOptions, serve } from '../../src/composition/http.js';
import { fleetPortsModule } from '../../src/composition/modules/fleet.js';
import { knexModule } from '../../src/composition/modules/knex.js';
import { memoryModule } from '../../src/composition/modules/memory.js';
import { systemModule } from '../../src/composition/modules/system.js';
import { contextModules, limitsModule } from '../../src/composition/profiles.js';
import { contexts, ports } from '../../src/composition/tokens.js';
import { instant } from '../../src/domain/shared/time.js';
import type { SharedTx } from '../../src/ports/shared/shared-tx.js';
import type { UnitOfWork } from '../../src/ports/shared/unit-of-work.js';
import type { MultipartUploads } from '../../src/ports/storage/multipart.js';
import type { ObjectStore } from '../../src/ports/storage/object-store.js';
import { DEPLOYMENT, HOST, offering, testProvider } from './fleet-providers.js';

export const NOW = instant(Date.UTC(2026, 0, 15, 12));
export const SECRET = 'a secret key that only the tests know of';
/** Where browsers are told to come back to. */
export const HOME = 'http://127.0.0.1:3000';
/** The endpoint of a store of somebody else's. */
export const STRANGER = 'https://s3.example.com';
/** Signs what the payment processor tells. */
export const WEBHOOK_SECRET = 'a secret of the webhooks of the tests';
export const METRICS_TOKEN = 'a token for the scraper';

export type TestApp = {
  readonly url: string;
  readonly container: Container;
  readonly clock: FixedClock;
  readonly email: MemoryEmail;
  readonly worker: JobWorker;
  /** Instances of gateways: in memory, offered as the provider `local`. */
  readonly gateways: MemoryProvider;
  /** Who takes payments: in memory, of whose events nobody hears unless a test delivers them. */
  readonly payments: MemoryProcessor;
  /** Runs due jobs, and the steps that are due of gateways, until none is left. */
  readonly drain: () => Promise<void>;
  /** `operationId status` of every answer given. */
  readonly answered: ReadonlySet<string>;
  /** What the process would have logged as a defect or a warning. */
  readonly complaints: readonly unknown[];
  /** Everything the process would have logged, complaints and ordinary lines. */
  readonly said: readonly unknown[];
  /** All rows of all tables as text, whatever holds them. */
  readonly everyRow: () => Promise<string>;
  /** Customers' stores: an S3-compatible one at `STRANGER`, and Google's. */
  readonly strangers: { readonly s3: StrangersStore; readonly gcp: StrangersStore };
  /** A file system takes its place on a connection. */
  readonly mount: (connectionId: string, fileSystemId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type TestAppOptions = {
  /** Absent: the memory adapters. */
  readonly db?: Knex;
  /** Where managed buckets live; absent: in memory. */
  readonly objects?: ObjectStore;
  /** Their uploads in parts, for `/s3`; absent with `objects`: there are none. */
  readonly uploads?: MultipartUploads;
  readonly environment?: Readonly<Record<string, string>>;
  /** How long the edge waits for whom, where it is not as long as usual. */
  readonly timing?: Partial<Timing>;
  /** The last word on any binding. */
  readonly override?: (container: Container) => Promise<void> | void;
};

const QUOTAS = { buckets: 20, connections: 20, members: 20, file_systems: 100, gateways: 100 };

const configOf = (environment: Readonly<Record<string, string>> = {}): Config =>
  readConfig({
    TOLLHOUSE_SECRET_KEY: SECRET,
    LOG_LEVEL: 'silent',
    MAX_OBJECT_BYTES: '1048576',
    METRICS_TOKEN,
    REQUESTS_PER_MINUTE: '1000000',
    ...environment,
  });

const textOf = (rows: readonly unknown[]): string =>
  JSON.stringify(rows, (_name, value) => (typeof value === 'bigint' ? String(value) : value));

type Persisted = Pick<TestApp, 'everyRow' | 'mount'>;

const inMemory = (store: MemoryStore): Persisted => ({
  everyRow: async () => {
    const tables = [
      ...Object.values(ACCOUNTS),
      ...Object.values(SHARED),
      ...Object.values(STORAGE),
      ...Object.values(FLEET),
      ...Object.values(BILLING),
    ];
    const rows = await Promise.all([...new Set(tables)].map((table) => store.read(table).all()));
    return textOf(rows.flatMap((some) => some._unsafeUnwrap()));
  },
  mount: async (connectionId, fileSystemId) => {
    const row = { connectionId, fileSystemId };
    (await store.run((tx) => tx.table(STORAGE.mounts).put(fileSystemId, row)))._unsafeUnwrap();
  },
});

/** All rows of all tables of a database as text. */
export const everyRowOf = async (db: Knex): Promise<string> => {
  const tables = await db('information_schema.tables').where({ table_schema: 'public' });
  const rows = await Promise.all(tables.map(({ table_name }: { table_name: string }) => db(table_name)));
  return textOf(rows.flat());
};

const inDatabase = (db: Knex): Persisted => ({
  everyRow: () => everyRowOf(db),
  mount: async (connectionId, fileSystemId) => {
    await db('connection_mounts').insert({ connection_id: connectionId, file_system_id: fileSystemId });
  },
});

/** A container with everything real but time, mail and passwords, on either persistence. */
export const testContainer = async (options: TestAppOptions = {}) => {
  const config = configOf(options.environment);
  const clock = fixedClock(NOW);
  const email = memoryEmail();
  const ring = keyRing(config.secretKeys)._unsafeUnwrap();
  const container = new Container();
  const store = memoryStore();
  const gateways = testProvider(clock);
  const payments = memoryProcessor({
    clock,
    sellers: () => [{ connection: PLATFORM_CONNECTION, secrets: [WEBHOOK_SECRET] }],
  });
  container.load(
    systemModule(ring),
    limitsModule(config),
    options.db ? knexModule(options.db, QUOTAS) : memoryModule(store, QUOTAS),
    fleetPortsModule({
      providers: offering(gateways),
      deployment: options.db ? knexDeployment(options.db, DEPLOYMENT) : memoryDeployment(store, DEPLOYMENT),
    }),
    ...contextModules(config, { baseUrl: 'http://localhost', hostId: HOST, held: QUOTAS }),
    new ContainerModule(({ bind, unbind }) => {
      for (const port of [ports.clock, ports.passwords] as ServiceIdentifier[]) unbind(port);
      bind(ports.clock).toConstantValue(clock);
      bind(ports.passwords).toConstantValue(plainPasswords);
      bind(ports.email).toConstantValue(email);
      bind(ports.processor).toConstantValue(payments);
      if (!options.db) return;
      const inMemory = memoryManaged({ clock, ids: systemIds });
      bind(ports.objects).toConstantValue(options.objects ?? inMemory.objects);
      bind(ports.uploads).toConstantValue(options.objects ? options.uploads : inMemory.uploads);
    }),
  );
  const stores = memoryForeignStores({ clock, ids: systemIds });
  const strangers = { s3: stores.add(STRANGER), gcp: stores.add('gcp') };
  bindAnew(container, ports.foreignStores, stores);
  bindAnew(container, ports.endpoints, endpointsWithin(config.OUTBOUND_ALLOW));
  bindAnew(container, ports.managedUploads, { abortUpload: () => okAsync(undefined) });
  await options.override?.(container);
  return {
    container,
    clock,
    email,
    config,
    strangers,
    gateways,
    payments,
    persisted: options.db ? inDatabase(options.db) : inMemory(store),
  };
};

/** A whole server on a free loopback port; replies that break their contract throw and are kept as complaints. */
export const startApp = async (options: TestAppOptions = {}): Promise<TestApp> => {
  const { container, clock, email, config, strangers, gateways, payments, persisted } =
    await testContainer(options);
  const complaints: unknown[] = [];
  const said: unknown[] = [];
  const answered = new Set<string>();
  const note = (...words: unknown[]) => void said.push(words);
  const keep = (...words: unknown[]) => {
    complaints.push(words);
    note(...words);
  };
  const metrics = prometheusMetrics();
  const server = serve({
    container,
    config,
    log: { info: note, warn: keep, error: keep } as unknown as ServeOptions['log'],
    metrics: {
      ...metrics,
      request: (line) => {
        answered.add(`${line.operationId} ${line.status}`);
        metrics.request(line);
      },
    },
    ready: async () => (await container.get(ports.publicFileSystems).list()).isOk(),
    outbox: async () => email.sent(),
    home: () => config.BASE_URL ?? HOME,
    processorPages: () => ['https://pay.example.com'],
    strict: true,
    timing: options.timing ?? {},
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const worker = jobWorker({
    jobs: container.get(ports.jobs),
    handlers: {
      ...container.get(contexts.accounts).jobs,
      ...container.get(contexts.storage).jobs,
      ...container.get(contexts.billing).jobs,
      ...container.get(contexts.entitlements).jobs,
      ...container.get(contexts.workspaces).jobs,
    },
    clock,
    log: { warn: keep, error: keep },
  });
  const reconciler = gatewayWorker({
    ...container.get(contexts.fleet).reconciler,
    log: { warn: keep, error: keep },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    container,
    clock,
    email,
    worker,
    gateways,
    payments,
    drain: async () => {
      while ((await worker.tick()) + (await reconciler.tick()) > 0);
    },
    answered,
    complaints,
    said,
    strangers,
    ...persisted,
    close: () => server.stop(1_000),
  };
};

/** Binds a port, whoever may have bound it before. */
const bindAnew = <T>(container: Container, port: ServiceIdentifier<T>, value: T): void => {
  if (container.isBound(port)) container.unbind(port);
  container.bind(port).toConstantValue(value);
};

/** Binds another implementation of a port that is bound already. */
export const rebind = <T>(container: Container, port: ServiceIdentifier<T>, value: T): void => {
  container.unbind(port);
  container.bind(port).toConstantValue(value);
};

/** Every call of every port of the database fails, as when it is gone. */
export const allDown = (container: Container): void => {
  const down = (): unknown => errAsync({ kind: 'unavailable', dependency: 'test', cause: new Error('down') });
  const broken = new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : down) });
  const { access, accounts, storage, requestLimits, accountLimits, accountsReaders } = ports;
  const { billingReaders, inboundEvents, entitlements, entitlementReaders } = ports;
  const tenants = [access, accounts, storage, requestLimits, accountLimits, accountsReaders];
  for (const port of [...tenants, billingReaders, inboundEvents, entitlements, entitlementReaders])
    rebind<unknown>(container, port as ServiceIdentifier<unknown>, broken);
};

/** A limit that lets everything through until it is closed. */
export const gate = () => {
  let closed = false;
  return {
    close: () => {
      closed = true;
    },
    guard: (container: Container): void =>
      rebind(container, ports.requestLimits, {
        consume: () =>
          closed ? errAsync({ kind: 'rate_limited', retryAfterSeconds: 60 }) : okAsync(undefined),
        forgive: () => okAsync(undefined),
      }),
  };
};

/** Every Idempotency-Key is in the hands of another request that has not finished. */
export const keysInUse = (container: Container): void => {
  const claim = () => errAsync({ kind: 'idempotency_in_progress' as const });
  const { accounts, storage, fleet, billing, entitlements } = ports;
  for (const port of [accounts, storage, fleet, billing, entitlements] as unknown as ServiceIdentifier<
    UnitOfWork<SharedTx>
  >[]) {
    const units = container.get(port);
    rebind(container, port, {
      ...units,
      run: (work) => units.run((tx) => work({ ...tx, idempotency: { claim } })),
      runAdding: (work) => units.runAdding((tx) => work({ ...tx, idempotency: { claim } })),
      runExclusive: (account, work) =>
        units.runExclusive(account, (tx) => work({ ...tx, idempotency: { claim } })),
    });
  }
};
