import type { Container } from 'inversify';
import { ports } from '../../src/composition/tokens.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import type { StorageSize } from '../../src/domain/storage/storage-size.js';

/** What the ledger says of a project's bucket, once this process has handed over what it counted. */
export const stored = async (
  container: Container,
  projectId: string,
  bucketId: string,
): Promise<StorageSize> => {
  (await container.get(ports.storageMetering).tally.flush())._unsafeUnwrap();
  const sizes = (await container.get(ports.storageMeter).sizesOf(projectId as AccountId))._unsafeUnwrap();
  const { bytes = 0, objects = 0 } = sizes.find((one) => one.bucketId === bucketId) ?? {};
  return { bytes, objects };
};
