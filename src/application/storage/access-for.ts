import { err, errAsync, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import { isKept } from '../../domain/storage/kept-bucket.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { StoreAddress } from '../../ports/shared/store-address.js';
import { addressOf, secretOf } from './connections/store.js';
import { secretPlace } from './create-bucket.js';
import type { StorageDeps } from './deps.js';
import type { Container } from './place.js';

/** Where objects lie and how one gets in, for somebody who is not this process. The secret lies open. */
export type Access = {
  readonly address: StoreAddress;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
};
export type SourceNotReady = { readonly kind: 'source_not_ready'; readonly reason: string };

const notReady = (reason: string): SourceNotReady => ({ kind: 'source_not_ready', reason });

const bucketAccess = (
  { readers, accountKeys, sealer, settings }: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Access, NotFound | SourceNotReady | Unavailable> =>
  safeTry<Access, NotFound | SourceNotReady | Unavailable>(async function* () {
    const { bucket, secret } = yield* readers.bucket(account, id);
    const { gatewayReach: reach } = settings;
    if (isKept(bucket)) return err(notReady('the platform keeps the bucket for what it writes itself'));
    if (bucket.status !== 'active') return err(notReady(`the bucket is ${bucket.status}`));
    if ('store' in reach) return ok({ address: reach.store, bucket: bucket.bucketName, prefix: '' });
    const dataKey = yield* accountKeys.get(account);
    const address: StoreAddress = {
      provider: 's3compat',
      region: bucket.region,
      endpoint: reach.own(),
      accessKeyId: bucket.accessKeyId,
      secretAccessKey: sealer.open(dataKey, account, secretPlace(id), secret),
    };
    return ok({ address, bucket: bucket.bucketName, prefix: '' });
  });

const connectionAccess = (
  deps: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Access, NotFound | SourceNotReady | Unavailable> =>
  secretOf(deps, account, id).andThen(({ connection, secret }) =>
    connection.status === 'invalid'
      ? errAsync<Access, SourceNotReady>(notReady('the connection is invalid: verify it again'))
      : ok<Access>({
          address: addressOf(connection, secret),
          bucket: connection.bucketName,
          prefix: connection.jail,
        }),
  );

/** The way to the objects of a bucket or a connection. It is for those who serve them, and goes into no reply. */
export const accessFor =
  (deps: StorageDeps) =>
  (account: AccountId, { kind, id }: Container) =>
    kind === 'bucket' ? bucketAccess(deps, account, id) : connectionAccess(deps, account, id);
