import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ForeignStore } from '../../../src/ports/storage/foreign-stores.js';
import { newBucket } from '../../contract/ports/object-store.rig.js';
import { type GcsServer, gcsServer } from '../gcs-server.js';
import { gcsStoreOn } from './clients.js';

export type GcsStage = { readonly server: GcsServer; readonly store: ForeignStore; readonly bucket: string };

/** One server for a suite, which recovers after each test; before each a store on it, with a new bucket. */
export const onGcs = (begin: (stage: GcsStage) => void): void => {
  let server: GcsServer;
  beforeAll(async () => {
    server = await gcsServer();
  });
  beforeEach(async () => {
    const store = gcsStoreOn(server);
    begin({ server, store, bucket: await newBucket(store) });
  });
  afterEach(() => server.recover());
  afterAll(() => server.close());
};
