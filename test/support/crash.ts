import { Container, type ServiceIdentifier } from 'inversify';
import type { Knex } from 'knex';
import { ResultAsync } from 'neverthrow';
import { gatewayWorker } from '../../src/adapters/jobs/gateways.js';
import { jobWorker } from '../../src/adapters/jobs/worker.js';
import { type MemoryProcessor, memoryProcessor } from '../../src/adapters/memory/billing/processor.js';
import type { MemoryProvider } from '../../src/adapters/memory/fleet/provider.js';
import { memoryStore } from '../../src/adapters/memory/kit/store.js';
import { type FixedClock, fixedClock } from '../../src/adapters/memory/shared/fixed-clock.js';
import {
  memoryForeignStores,
  type StrangersStore,
} from '../../src/adapters/memory/storage/foreign-stores.js';
import { memoryStore as memoryManaged } from '../../src/adapters/memory/storage/object-store.js';
import { systemIds } from '../../src/adapters/system/ids.js';
import type { Processor } from '../../src/application/billing/deps.js';
import { PLATFORM_CONNECTION } from '../../src/application/billing/events/connections.js';
import type { Billing } from '../../src/application/billing/index.js';
import type { Entitlements } from '../../src/application/entitlements/index.js';
import { type ServeOptions, serve } from '../../src/composition/http.js';
import { memoryModule } from '../../src/composition/modules/memory.js';
import { contexts, ports } from '../../src/composition/tokens.js';
import type { EmailMessage } from '../../src/ports/shared/email.js';
import type { QuotaFeature } from '../../src/ports/shared/shared-tx.js';
import type { ForeignStores } from '../../src/ports/storage/foreign-stores.js';
import type { MultipartUploads } from '../../src/ports/storage/multipart.js';
import type { ObjectStore } from '../../src/ports/storage/object-store.js';
import type { UploadJournals } from '../../src/ports/storage/open-uploads.js';
import { NOW, rebind, STRANGER, testContainer, WEBHOOK_SECRET } from './app.js';
import { type Client, clientOf } from './client.js';
import { offering, testProvider } from './fleet-providers.js';
import { from } from './from.js';

/** A process dies at its k-th call of a port: before the call takes effect, or when it has but nobody heard so. */
export type Doom = { readonly call: number; readonly when: 'before' | 'after' };

const DEATH = new Error('the process died');

/** Ports that answer at once. */
const AT_ONCE =
  /^(clock|ids|random|digest|sealer|pageTokens|endpoints|uploadJournals\.of|foreignStores\.open|processor\.events)\b/;
const IN_UNIT = / tx\./;
const SILENCE = new ResultAsync(new Promise<never>(() => undefined));

/**
 * Counts every call of every port, and ends the process at the fated one. From then on no call does anything:
 * a unit of work that is still open loses its connection, hence the throw there; any other call is never answered.
 */
const lifeOf = (doom: Doom | undefined) => {
  const calls: string[] = [];
  let dead = false;
  let announce: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const die = (): never => {
    dead = true;
    announce();
    throw DEATH;
  };
  const step = (name: string, act: () => unknown): unknown => {
    if (dead && !AT_ONCE.test(name) && !IN_UNIT.test(name)) return SILENCE;
    if (dead) throw DEATH;
    calls.push(name);
    const fated = calls.length === doom?.call;
    if (fated && doom.when === 'before') return die();
    const done = act();
    if (!fated) return done;
    return done instanceof ResultAsync ? new ResultAsync(done.then(die) as Promise<never>) : die();
  };
  /** Functions count, records are gone into, and what a callback is handed (a unit's `tx`) is mortal too. */
  const mortal = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get: (_port, property) => {
        const value: unknown = Reflect.get(port, property);
        const path = `${name}.${String(property)}`;
        if (typeof value === 'object' && value !== null) return mortal(path, value);
        if (typeof value !== 'function' || typeof property === 'symbol') return value;
        if (path === 'providers.get' || path === 'providers.offers')
          return (...given: unknown[]) => opened(path, value.apply(port, given));
        return (...given: unknown[]) =>
          opened(
            path,
            step(path, () => value.apply(port, given.map(within(name)))),
          );
      },
    });
  /** A store that is opened can be died in as well, and so can a provider. Which ones there are costs no call. */
  const opened = (path: string, done: unknown): unknown => {
    if (path === 'foreignStores.open') return mortal('foreignStores store', done as object);
    return path === 'providers.get' ? mortal('provider', done as object) : done;
  };
  const within = (name: string) => (given: unknown) =>
    typeof given === 'function' ? (tx: object) => given(mortal(`${name} tx`, tx)) : given;
  return { calls, died, isDead: () => dead, mortal };
};

export type Process = {
  readonly call: Client;
  /** Runs due jobs and steps of gateways until none is left, and hands over what was counted. */
  readonly drain: () => Promise<void>;
  /** The calls of ports so far, by name. */
  readonly calls: readonly string[];
  readonly died: Promise<void>;
  readonly isDead: () => boolean;
  /** Its use cases of billing, for what no request says. */
  readonly billing: Billing;
  /** Those of entitlements. */
  readonly entitlements: Entitlements;
  /** Where it writes down the uploads that it has open. */
  readonly journalOf: UploadJournals['of'];
  /** What it would have logged as a defect or a warning. */
  readonly complaints: readonly unknown[];
  readonly end: () => Promise<void>;
};

export type Row = Readonly<Record<string, unknown>>;

/** All that outlives a process: rows, objects, letters on their way, time. */
export type Outside = {
  readonly clock: FixedClock;
  readonly objects: ObjectStore;
  /** The customers' own store. */
  readonly stranger: StrangersStore;
  /** Instances of gateways. */
  readonly gateways: MemoryProvider;
  /** Who takes payments. */
  readonly payments: MemoryProcessor;
  /** Every delivery, the same letter twice when it was sent twice. */
  readonly letters: readonly EmailMessage[];
  /** Its callers come from an address `whence`; limits and keys of those without an account go by that. */
  readonly start: (whence: string, doom?: Doom) => Promise<Process>;
  /** Committed rows, all columns in camel case, times as numbers, nulls left out. */
  readonly rows: (table: string, where?: Row) => Promise<readonly Row[]>;
  readonly used: (accountId: string, feature: QuotaFeature) => Promise<number>;
};

type Persistence = Pick<Outside, 'rows' | 'used'> & {
  readonly db?: Knex;
  readonly install: (container: Container) => void;
};

const QUOTAS = { buckets: 20, connections: 20, members: 20, file_systems: 100, gateways: 100 };
const SILENT = { request: () => undefined, job: () => undefined, text: async () => '' };

const outside = ({ db, install, ...persistence }: Persistence): Outside => {
  const clock = fixedClock(NOW);
  const { objects, uploads } = memoryManaged({ clock, ids: systemIds });
  const stores = memoryForeignStores({ clock, ids: systemIds });
  const stranger = stores.add(STRANGER);
  const gateways = testProvider(clock);
  const payments = memoryProcessor({
    clock,
    sellers: () => [{ connection: PLATFORM_CONNECTION, secrets: [WEBHOOK_SECRET] }],
  });
  const letters: EmailMessage[] = [];

  const start = async (whence: string, doom?: Doom): Promise<Process> => {
    const life = lifeOf(doom);
    const { container, config } = await testContainer({
      ...(db && { db }),
      environment: { TRUSTED_PROXIES: '127.0.0.1' },
      override: (made) => {
        install(made);
        rebind(made, ports.clock, clock);
        rebind(made, ports.objects, objects);
        rebind<MultipartUploads | undefined>(made, ports.uploads, uploads);
        rebind<ForeignStores>(made, ports.foreignStores, stores);
        rebind(made, ports.providers, offering(gateways));
        rebind<Processor>(made, ports.processor, payments);
        const send = (letter: EmailMessage) => ResultAsync.fromSafePromise(keep(letters, letter));
        rebind(made, ports.email, { send });
        for (const [name, port] of Object.entries(ports) as [string, ServiceIdentifier<object>][])
          made.onActivation(port, (_context, real) => life.mortal(name, real));
      },
    });
    const complaints: unknown[] = [];
    const complain = (...said: unknown[]) => void complaints.push(said);
    const log = { info: () => undefined, warn: complain, error: complain };
    const server = serve({
      container,
      config,
      log: log as unknown as ServeOptions['log'],
      metrics: SILENT,
      ready: async () => true,
      home: () => 'http://127.0.0.1:3000',
      processorPages: () => [],
      strict: true,
    });
    const billing = container.get(contexts.billing);
    const handlers = {
      ...container.get(contexts.accounts).jobs,
      ...container.get(contexts.storage).jobs,
      ...billing.jobs,
      ...container.get(contexts.entitlements).jobs,
    };
    const jobs = container.get(ports.jobs);
    const worker = jobWorker({ jobs, handlers, clock: container.get(ports.clock), log });
    const reconciler = gatewayWorker({ ...container.get(contexts.fleet).reconciler, log });
    const { port } = await server.listen(0, '127.0.0.1');
    const call = clientOf({ url: `http://127.0.0.1:${port}` });
    return {
      call: from(call, () => whence),
      drain: async () => {
        while ((await worker.tick()) + (await reconciler.tick()) > 0);
        void (await container.get(ports.storageMetering).settle());
      },
      calls: life.calls,
      died: life.died,
      isDead: life.isDead,
      billing,
      entitlements: container.get(contexts.entitlements),
      journalOf: (owner) => container.get(ports.uploadJournals).of(owner),
      complaints,
      end: () => server.stop(0),
    };
  };
  return { ...persistence, clock, objects, stranger, gateways, payments, letters, start };
};

const keep = async (letters: EmailMessage[], letter: EmailMessage): Promise<void> =>
  void letters.push(letter);

/** A world whose rows are in memory. */
export const memoryOutside = (): Outside => {
  const store = memoryStore();
  return outside({
    install: (container) => {
      const module = memoryModule(store, QUOTAS);
      const alone = new Container();
      alone.load(module);
      for (const port of Object.values<ServiceIdentifier>(ports))
        if (alone.isBound(port)) container.unbind(port);
      container.load(module);
    },
    rows: async (table, where = {}) =>
      (await store.read<Row>(table).all())
        ._unsafeUnwrap()
        .filter((row) => Object.entries(where).every(([name, value]) => row[name] === value)),
    used: async (accountId, feature) => {
      const id = JSON.stringify([accountId, feature]);
      const row = (await store.read<{ used: number }>('quota_usage').get(id))._unsafeUnwrap();
      return row?.used ?? 0;
    },
  });
};

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_all, letter) => letter.toUpperCase());
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const renamed = (row: object, name: (column: string) => string): Row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([column, value]) => [name(column), value instanceof Date ? value.getTime() : value]),
  );

/** A world whose rows are in PostgreSQL. */
export const knexOutside = (db: Knex): Outside =>
  outside({
    db,
    install: () => undefined,
    rows: async (table, where = {}) =>
      (await db(table).where(renamed(where, snake))).map((row: object) => renamed(row, camel)),
    used: async (accountId, feature) =>
      Number((await db('quota_usage').where({ account_id: accountId, feature }).first())?.used ?? 0),
  });
