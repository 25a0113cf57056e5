import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Connection, signingRegion } from '../../../domain/storage/connection.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { StoreAddress } from '../../../ports/shared/store-address.js';
import type { ForeignStore } from '../../../ports/storage/foreign-stores.js';
import type { StorageDeps } from '../deps.js';

/** Where the secret of a connection lies sealed. */
export const secretPlace = (id: string) => ({ table: 'connections', column: 'secret', row: id });

/** A store of a customer's, with the way in it was opened by. */
export type Opened = {
  readonly connection: Connection;
  readonly store: ForeignStore;
  /** Whatever the store says is cleaned of it before anybody reads that. */
  readonly secret: string;
};

/** The way to the store that a connection leads to. */
export const addressOf = (connection: Connection, secret: string): StoreAddress =>
  connection.provider === 'gcp'
    ? {
        provider: 'gcp',
        clientEmail: connection.accessKeyId,
        privateKey: secret,
        projectId: connection.projectId,
      }
    : {
        provider: connection.provider,
        region: signingRegion(connection),
        endpoint: connection.endpoint,
        accessKeyId: connection.accessKeyId,
        secretAccessKey: secret,
      };

/** A connection with its secret, unsealed for this use alone. */
export const secretOf = (
  { readers, sealer }: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Omit<Opened, 'store'>, NotFound | Unavailable> =>
  readers.connectionWithKey(account, id).map(({ connection, secret, dataKey }) => ({
    connection,
    secret: sealer.open(dataKey, account, secretPlace(id), secret),
  }));

/** Opens the store behind a connection; nothing is sent yet. */
export const opened = (
  deps: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Opened, NotFound | Unavailable> =>
  secretOf(deps, account, id).map(({ connection, secret }) => {
    const journal = deps.journals.of({ kind: 'connection', accountId: account, connectionId: id });
    return { connection, store: deps.foreignStores.open(addressOf(connection, secret), journal), secret };
  });
