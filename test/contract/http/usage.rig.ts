import { expect } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { FileSystem } from '../../../src/domain/fleet/file-system.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { Instant } from '../../../src/domain/shared/time.js';
import type { StorageSize } from '../../../src/domain/storage/storage-size.js';
import type { TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { aFileSystem } from '../../support/fleet.js';
import { SECRET } from '../../support/storage.js';

export const GB = 1_000_000_000;
const NONE: StorageSize = { bytes: 0, objects: 0 };

type BucketJson = { readonly id: string; readonly project_id: string; readonly bucket_name: string };

/** What the meters of storage and fleet write, at moments that a test chooses. */
export const meters = ({ container }: TestApp, call: Client, token: string) => {
  const fleet = container.get(ports.fleet);
  return {
    project: async (): Promise<string> =>
      (await call('POST /v1/projects', { token, json: { name: 'Metered' } })).body.id,
    bucket: async (projectId: string, name: string): Promise<BucketJson> => {
      const json = { name, region: 'local' };
      const made = await call(`POST /v1/projects/${projectId}/buckets`, { token, json });
      expect(made.status).toBe(201);
      return made.body;
    },
    /** From `at` on the bucket holds so much more, or less. */
    change: async (bucket: BucketJson, at: Instant, { bytes, objects }: StorageSize): Promise<void> => {
      const added = bytes < 0 ? NONE : { bytes, objects };
      const freed = bytes < 0 ? { bytes: -bytes, objects: -objects } : NONE;
      const change = { bucketId: bucket.id, accountId: bucket.project_id as AccountId, at, added, freed };
      (await container.get(ports.storageMeter).add([change]))._unsafeUnwrap();
    },
    fileSystem: async (projectId: string, over: Partial<FileSystem> = {}): Promise<FileSystem> => {
      const fileSystem = aFileSystem(projectId as AccountId, over);
      (await fleet.run((tx) => tx.fileSystems.add(fileSystem, SECRET)))._unsafeUnwrap();
      return fileSystem;
    },
    ran: async (
      { id, accountId }: FileSystem,
      startedAt: Instant,
      endedAt?: Instant,
      label = 'local/local.standard',
    ): Promise<void> => {
      const start = {
        fileSystemId: id,
        accountId,
        label,
        microsPerHour: 70_000n,
        currency: 'usd',
        startedAt,
      };
      (await fleet.run((tx) => tx.intervals.open(start)))._unsafeUnwrap();
      if (endedAt !== undefined) (await fleet.run((tx) => tx.intervals.close(id, endedAt)))._unsafeUnwrap();
    },
    /** The price book may have it already: it is one for all tests of a server. */
    priced: async (micros: bigint, at: Instant): Promise<void> => {
      const book = container.get(ports.priceBook);
      (await book.extend('storage', { micros, currency: 'usd' as never }, at))._unsafeUnwrap();
    },
  };
};
export type Meters = ReturnType<typeof meters>;
