import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { OrganizationClient } from '../../../domain/accounts/organization-client.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type {
  OrganizationClientReaders,
  OrganizationClients,
} from '../../../ports/accounts/organization-clients.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { type AccountRow, TABLES } from './rows.js';

type ClientRow = OrganizationClient & {
  readonly secretHash: string;
  readonly revokedAt?: Instant | undefined;
};
const clientOf = ({ secretHash: _, revokedAt: __, ...client }: ClientRow): OrganizationClient => client;

/** Clients of organizations on one unit; a revoked one is found by nobody. */
export const memoryOrganizationClients = (tx: MemoryTx): OrganizationClients => {
  const rows = tx.table<ClientRow>(TABLES.organizationClients);
  const own = (account: AccountId, id: string): ResultAsync<ClientRow, NotFound> =>
    rows
      .get(id)
      .andThen((row) =>
        row === undefined || row.accountId !== account || row.revokedAt !== undefined
          ? errAsync<ClientRow, NotFound>(NOT_FOUND)
          : okAsync(row),
      );
  return {
    add: (client, secretHash) => rows.put(client.id, { ...client, secretHash }),
    get: (account, id) => own(account, id).map(clientOf),
    revoke: (account, id, at) =>
      own(account, id).andThen((row) => rows.put(id, { ...row, revokedAt: at }).map(() => clientOf(row))),
  };
};

/** Clients that stand. */
export const memoryOrganizationClientReaders = (store: MemoryStore): OrganizationClientReaders => ({
  standingClient: (id) =>
    store.look((look) => {
      const row = look<ClientRow>(TABLES.organizationClients).get(id);
      const account = row && look<AccountRow>(TABLES.accounts).get(row.accountId);
      if (!row || !account || row.revokedAt !== undefined || account.deletedAt !== undefined)
        return undefined;
      return { client: clientOf(row), organizationName: account.name, secretHash: row.secretHash };
    }),
  clientsOf: (account, page) =>
    store
      .read<ClientRow>(TABLES.organizationClients)
      .all()
      .map((rows) =>
        keyset(
          rows.filter((row) => row.accountId === account && row.revokedAt === undefined).map(clientOf),
          page,
          ({ id }) => id,
        ),
      ),
});
