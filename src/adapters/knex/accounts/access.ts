import type { Knex } from 'knex';
import { ok } from 'neverthrow';
import type { AccountKind } from '../../../domain/accounts/account.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import type { KeyScope, Resource, Role, Via } from '../../../domain/shared/principal.js';
import { instant, iso } from '../../../domain/shared/time.js';
import type { Access, Credential, Identity, Target } from '../../../ports/accounts/access.js';
import { STANDING_COLUMNS, standingJoin } from '../billing/standings.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { query } from '../kit/query.js';
import { BUCKET_COLUMNS } from '../storage/buckets.js';

// This statement stands before every request, so it is plain SQL and its rows are read by hand. Every
// part of it is one look-up in an index: the credential, its user, the membership, the account.
const SHOWN = {
  session: `select u.id as user_id, u.platform_admin, s.id as via_id, null::uuid as key_account_id,
      null as role_cap, null::text[] as scopes, null::timestamptz as last_used_at
    from sessions s join users u on u.id = s.user_id
    where s.id = :shown and s.revoked_at is null and s.expires_at > :at`,
  api_key: `select u.id as user_id, u.platform_admin, k.id as via_id, k.account_id as key_account_id,
      k.role_cap, k.scopes, k.last_used_at
    from api_keys k join users u on u.id = k.user_id
    where k.key_hash = :shown and k.revoked_at is null and (k.expires_at is null or k.expires_at > :at)`,
} as const satisfies Record<Credential['kind'], string>;

/** Only platform accounts are projects; a personal one is reached through what lies in it. */
const PLACE = {
  personal: {
    account: 'a.id and a.creator_id = i.user_id',
    kinds: "and a.kind = 'personal'",
    columns: '',
    resource: '',
  },
  project: { account: ':target', kinds: "and a.kind = 'platform'", columns: '', resource: '' },
  paying_project: {
    account: ':target',
    kinds: "and a.kind = 'platform'",
    columns: `, ${STANDING_COLUMNS}`,
    resource: standingJoin('a.id'),
  },
  bucket: {
    account: "(select b.account_id from buckets b where b.id = :target and b.status <> 'deleted')",
    kinds: '',
    columns: `, ${columnsOf('b', BUCKET_COLUMNS).join(', ')}`,
    resource: "left join buckets b on b.id = :target and b.account_id = a.id and b.status <> 'deleted'",
  },
  connection: {
    account: '(select c.account_id from connections c where c.id = :target)',
    kinds: '',
    columns: '',
    resource: '',
  },
  file_system: {
    account: '(select f.account_id from file_systems f where f.id = :target)',
    kinds: '',
    columns: '',
    resource: '',
  },
  gateway: {
    account: "(select g.account_id from gateways g where g.id = :target and g.phase <> 'deleted')",
    kinds: '',
    columns: '',
    resource: '',
  },
} as const satisfies Record<Exclude<Target['kind'], 'none'>, unknown>;

const placed = (
  shown: string,
  { account, kinds, columns, resource }: (typeof PLACE)[keyof typeof PLACE],
): string =>
  `select i.*, m.role, a.id, a.version, a.kind, a.name, a.creator_id, a.created_at, a.updated_at${columns}
   from (${shown}) i
   left join (memberships m join accounts a on a.id = m.account_id and a.deleted_at is null ${kinds})
     on m.user_id = i.user_id and m.account_id = ${account} and m.status = 'accepted'
   ${resource}`;

const statementsFor = (shown: string): Record<Target['kind'], string> => ({
  none: shown,
  personal: placed(shown, PLACE.personal),
  project: placed(shown, PLACE.project),
  paying_project: placed(shown, PLACE.paying_project),
  bucket: placed(shown, PLACE.bucket),
  connection: placed(shown, PLACE.connection),
  file_system: placed(shown, PLACE.file_system),
  gateway: placed(shown, PLACE.gateway),
});

const STATEMENTS: Record<Credential['kind'], Record<Target['kind'], string>> = {
  session: statementsFor(SHOWN.session),
  api_key: statementsFor(SHOWN.api_key),
};

type Row = {
  readonly user_id: UserId;
  readonly platform_admin: boolean;
  readonly via_id: string;
  readonly key_account_id: AccountId | null;
  readonly role_cap: Role | null;
  readonly scopes: readonly KeyScope[] | null;
  readonly last_used_at: Date | null;
} & (PlaceRow | { readonly id?: null });
type PlaceRow = {
  readonly role: Role;
  readonly id: AccountId;
  readonly version: number;
  readonly kind: AccountKind;
  readonly name: string;
  readonly creator_id: UserId;
  readonly created_at: Date;
  readonly updated_at: Date;
};

const viaOf = (row: Row, kind: Credential['kind']): Via =>
  kind === 'session'
    ? { kind, id: row.via_id }
    : {
        kind,
        id: row.via_id,
        scopes: row.scopes ?? [],
        accountId: row.key_account_id ?? undefined,
        roleCap: row.role_cap ?? undefined,
      };

/** As a row of its own, which the reader of what it is takes for just that. */
const resourceOf = (row: PlaceRow, kind: Target['kind']): Resource | undefined => {
  if (kind === 'paying_project') return row as object as Resource;
  return kind === 'bucket' ? (rowOf('b', BUCKET_COLUMNS, row) as Resource | undefined) : undefined;
};

const placeOf = (row: PlaceRow, kind: Target['kind']): Identity['place'] => ({
  role: row.role,
  resource: resourceOf(row, kind),
  account: {
    id: row.id,
    version: row.version,
    kind: row.kind,
    name: row.name,
    creatorId: row.creator_id,
    createdAt: instant(row.created_at.getTime()),
    updatedAt: instant(row.updated_at.getTime()),
  },
});

const identityOf = (row: Row, kind: Credential['kind'], target: Target['kind']): Identity => ({
  userId: row.user_id,
  platformAdmin: row.platform_admin,
  via: viaOf(row, kind),
  lastUsedAt: row.last_used_at === null ? undefined : instant(row.last_used_at.getTime()),
  place: row.id ? placeOf(row, target) : undefined,
});

/**
 * Who is asking and as what, in one statement. It has a name, so that each connection plans it once:
 * planning four joins takes longer than running them.
 */
export const knexAccess = (db: Knex): Access => ({
  find: (credential, target, at) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly Row[] }>(STATEMENTS[credential.kind][target.kind], {
          shown: credential.kind === 'session' ? credential.sessionId : credential.hash,
          at: iso(at),
          ...('id' in target && { target: target.id }),
        })
        .options({ name: `access ${credential.kind} ${target.kind}` }),
    ).andThen(({ rows: [row] }) => ok(row && identityOf(row, credential.kind, target.kind))),
  // Requests of one key may end in another order than they came: the latest use stays.
  noteKeyUse: (keyId, at) =>
    query(() =>
      db.raw(
        `update api_keys set last_used_at = :at where id = :keyId and (last_used_at is null or last_used_at < :at)`,
        { keyId, at: iso(at) },
      ),
    ).map(() => undefined),
});
