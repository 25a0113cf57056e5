import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { LinkEpochs, LinkedContainer, LinkStanding } from '../../../ports/storage/links.js';
import { query } from '../kit/query.js';
import { livingIn } from './buckets.js';
import { connectionsIn } from './connections.js';

const containersIn = (db: Knex, account: AccountId, { kind, id }: LinkedContainer): Knex.QueryBuilder =>
  (kind === 'bucket' ? livingIn(db, account) : connectionsIn(db, account)).where({ id });

type Row = { readonly link_epoch: number };

const epochOf = ([row]: readonly Row[]) =>
  row === undefined ? errAsync<number, NotFound>(NOT_FOUND) : okAsync(row.link_epoch);

/** The epochs of links on one transaction. */
export const knexLinkEpochs = (trx: Knex): LinkEpochs => ({
  current: (account, container) =>
    query(() => containersIn(trx, account, container).select<Row[]>('link_epoch')).andThen(epochOf),
  raise: (account, container) =>
    query(() =>
      containersIn(trx, account, container).increment('link_epoch').returning<Row[]>('link_epoch'),
    ).andThen(epochOf),
});

// Every part is one look-up in an index: the container, its account, the membership, the key.
const STANDING = (container: string): string => `
  select c.link_epoch
  from ${container} c
  join accounts a on a.id = c.account_id and a.deleted_at is null
  join memberships m on m.account_id = a.id and m.user_id = :user and m.status = 'accepted'
  where c.id = :id and c.account_id = :account
    and (cast(:key as uuid) is null or exists (
      select from api_keys k where k.id = cast(:key as uuid) and k.user_id = m.user_id
        and k.revoked_at is null and (k.expires_at is null or k.expires_at > :at)))`;

const STANDINGS = {
  bucket: `${STANDING('buckets')} and c.status = 'active'`,
  connection: STANDING('connections'),
} as const satisfies Record<LinkedContainer['kind'], string>;

/** What a link is held to, in one statement that each connection plans once. */
export const knexLinkStanding =
  (db: Knex): LinkStanding =>
  ({ accountId, container, signer }, at) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly Row[] }>(STANDINGS[container.kind], {
          id: container.id,
          account: accountId,
          user: signer.userId,
          key: signer.keyId ?? null,
          at: iso(at),
        })
        .options({ name: `link ${container.kind}` }),
    ).map(({ rows: [row] }) => row?.link_epoch);
