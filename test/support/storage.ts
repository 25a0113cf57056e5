import type { AccountId } from '../../src/domain/shared/ids.js';
import type { Bucket } from '../../src/domain/storage/bucket.js';
import type { Connection } from '../../src/domain/storage/connection.js';
import type { Prefix } from '../../src/domain/storage/object-key.js';
import type { PublicFileSystem } from '../../src/ports/fleet/public-file-systems.js';
import type { Sealed } from '../../src/ports/shared/sealer.js';
import { AT, newId } from './accounts.js';

export const SECRET = 'a sealed secret' as Sealed;

export const aBucket = (accountId: AccountId, over: Partial<Bucket> = {}): Bucket => {
  const id = over.id ?? newId();
  return {
    id,
    version: 1,
    accountId,
    name: `bucket-${id}`,
    bucketName: `th-${id}`,
    region: 'local',
    accessKeyId: `TH${id}`,
    status: 'pending',
    createdAt: AT,
    updatedAt: AT,
    ...over,
  };
};

export const aConnection = (accountId: AccountId, over: Partial<Connection> = {}): Connection => ({
  id: newId(),
  version: 1,
  accountId,
  provider: 's3compat',
  uri: 's3://their-bucket/photos',
  region: 's3compat:somewhere-1',
  bucketName: 'their-bucket',
  jail: 'photos/' as Prefix,
  endpoint: 'https://s3.example.com',
  accessKeyId: 'AKIAEXAMPLE',
  status: 'pending',
  createdAt: AT,
  updatedAt: AT,
  ...over,
});

export const aPublicFileSystem = (over: Partial<PublicFileSystem> = {}): PublicFileSystem => ({
  id: newId(),
  name: 'Open data',
  description: 'Free for everybody to read',
  nfsServer: 'nfs.example.com',
  nfsPath: '/open-data',
  nfsPort: 2049,
  region: 'local',
  createdAt: AT,
  ...over,
});
