// One worker process of the fleet: the built reconciler on PostgreSQL. Its provider is in the process that forked it.
import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { err, ok, ResultAsync } from 'neverthrow';

const { DIST, ...settings } = process.env;
const built = (path) => import(pathToFileURL(join(DIST, path)).href);
const { readConfig } = await built('composition/config.js');
const { openLog } = await built('composition/log.js');
const { openStore } = await built('composition/database.js');
const { blobsOf, processContainer } = await built('composition/profiles.js');
const { providersOf } = await built('composition/providers.js');
const { startReconciler } = await built('composition/worker.js');
const { contexts } = await built('composition/tokens.js');

const waiting = new Map();
let asked = 0;

/** A call on the other side of the line; its answer may never come. */
const call =
  (face, name) =>
  (...args) =>
    new ResultAsync(
      new Promise((resolve) => {
        const id = ++asked;
        waiting.set(id, resolve);
        process.send({ id, face, name, args });
      }),
    );
const face = (kind, names) => Object.fromEntries(names.map((name) => [name, call(kind, name)]));
const provider = {
  name: 'local',
  instances: face('instances', ['ensure', 'observe', 'start', 'stop', 'terminate', 'list']),
  control: face('control', ['exports', 'health', 'dirty', 'flush', 'drain', 'preload']),
};
const type = {
  name: 'bench.standard',
  displayName: 'Bench',
  description: 'In memory',
  provider: 'local',
  freeTier: true,
  microsPerHour: 0n,
  cacheBytes: 1,
};
const offer = { provider: 'local', displayName: 'Bench', regions: ['local'], instanceTypes: [type] };

const config = readConfig(settings);
const log = openLog(config);
const { db, ring } = await openStore(config, log);
const container = processContainer(config, {
  db,
  ring,
  blobs: blobsOf(config, db),
  baseUrl: config.BASE_URL,
  providers: providersOf([{ provider, offer }]),
});

/** File systems as the API makes them. */
const create = async ({ count, bucketId, accountId, userId }) => {
  const { createFileSystem } = container.get(contexts.fleet);
  const caller = { userId, via: { kind: 'session', id: userId }, platformAdmin: false };
  for (let n = 0; n < count; n += 1) {
    const visit = { at: Date.now(), address: '127.0.0.1', requestId: 'bench' };
    const member = { ...visit, ...caller, accountId, role: 'owner' };
    const made = await createFileSystem({ bucketId, region: 'local', preload: false }, member);
    if (made.isErr()) throw new Error(JSON.stringify(made.error));
  }
  process.send({ done: 'create' });
};

process.on('message', (message) => {
  if (message.create) return create(message.create);
  if (message.start) return startReconciler(container, log);
  const { id, value, error } = message;
  waiting.get(id)?.(error ? err(error) : ok(value));
  waiting.delete(id);
});
process.on('disconnect', () => process.exit(0));
process.send({ done: 'open' });
