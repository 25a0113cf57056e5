import { afterAll, beforeAll, describe } from 'vitest';
import type { ListEntry, ObjectMeta, ObjectStore } from '../../../src/ports/storage/object-store.js';
import { gcsStoreOn } from '../../support/gcs-server/clients.js';
import { type GcsServer, gcsServer } from '../../support/gcs-server.js';
import { objectStoreContract } from './object-store.contract.js';
import { objectListingContract } from './object-store.listing.contract.js';

/**
 * Cloud Storage takes no line break in a name. The suite's stand for any control character, so here they go as
 * vertical tabs, which sort the same among its other pieces; that a line break is refused has a test of its own.
 */
const withoutLineBreaks = (store: ObjectStore): ObjectStore => {
  const sent = <T extends string | undefined>(name: T) => name?.replaceAll('\n', '\v') as T;
  const shown = <T extends string | undefined>(name: T) => name?.replaceAll('\v', '\n') as T;
  const meta = (of: ObjectMeta): ObjectMeta => ({ ...of, key: shown(of.key) });
  const entry = (of: ListEntry): ListEntry =>
    of.type === 'file'
      ? { type: 'file', object: meta(of.object) }
      : { type: 'folder', prefix: shown(of.prefix) };
  return {
    ...store,
    put: (bucket, key, ...rest) => store.put(bucket, sent(key), ...rest).map(meta),
    get: (bucket, key, ...rest) =>
      store.get(bucket, sent(key), ...rest).map((got) => ({ ...got, meta: meta(got.meta) })),
    head: (bucket, key) => store.head(bucket, sent(key)).map(meta),
    list: (bucket, request) =>
      store
        .list(bucket, { ...request, prefix: sent(request.prefix), after: sent(request.after) })
        .map(({ entries, next }) => ({ entries: entries.map(entry), ...(next && { next: shown(next) }) })),
    deleteMany: (bucket, keys) => store.deleteMany(bucket, keys.map(sent)),
  };
};

let server: GcsServer;
beforeAll(async () => {
  server = await gcsServer();
});
afterAll(() => server.close());

objectStoreContract('gcs', async () => withoutLineBreaks(gcsStoreOn(server)), {
  listings: 25,
  histories: 25,
});

describe('gcs: pages of the service that hold less than was asked for', () => {
  let meagre: GcsServer;
  beforeAll(async () => {
    let asked = 0;
    // Every third page holds nothing but the token of the next.
    meagre = await gcsServer({ held: (wanted) => (asked++ % 3 === 0 ? 0 : Math.min(wanted, 3)) });
  });
  afterAll(() => meagre.close());
  objectListingContract(async () => withoutLineBreaks(gcsStoreOn(meagre)), 10);
});
