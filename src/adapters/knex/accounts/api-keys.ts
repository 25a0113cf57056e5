import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { ApiKey } from '../../../domain/accounts/api-key.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import { KEY_SCOPES, ROLES } from '../../../domain/shared/principal.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { ApiKeys } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  user_id: z.string().transform((id) => id as UserId),
  name: z.string(),
  key_prefix: z.string(),
  account_id: nullable(z.string().transform((id) => id as AccountId)),
  role_cap: nullable(z.enum(ROLES)),
  scopes: z.array(z.enum(KEY_SCOPES)),
  created_at: timestamptz,
  expires_at: nullable(timestamptz),
  last_used_at: nullable(timestamptz),
});

/** A row of `api_keys` as the domain sees it: without the key's digest. */
export const apiKeyOf = (row: unknown): ApiKey => {
  const r = Row.parse(row);
  return {
    id: r.id,
    userId: r.user_id,
    name: r.name,
    prefix: r.key_prefix,
    accountId: r.account_id,
    roleCap: r.role_cap,
    scopes: r.scopes,
    createdAt: r.created_at,
    expiresAt: r.expires_at,
    lastUsedAt: r.last_used_at,
  };
};

type Raw = { readonly rows: readonly unknown[] };
const Counted = z.object({ counted_in: nullable(z.string().transform((id) => id as AccountId)) });
// The row as it was: an update answers only what it leaves behind.
const REVOKE = `
  with key as (
    select id, counted_in from api_keys where id = :id and user_id = :user and revoked_at is null for update
  )
  update api_keys k set revoked_at = :at, counted_in = null from key where k.id = key.id
  returning key.counted_in`;

const orNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

/** API keys on one transaction; a revoked one is found by nobody. */
export const knexApiKeys = (trx: Knex): ApiKeys => ({
  add: (key, hash, countsIn) =>
    query(() =>
      trx('api_keys').insert({
        id: key.id,
        user_id: key.userId,
        name: key.name,
        key_prefix: key.prefix,
        key_hash: hash,
        account_id: key.accountId ?? null,
        role_cap: key.roleCap ?? null,
        scopes: [...key.scopes],
        created_at: iso(key.createdAt),
        expires_at: orNull(key.expiresAt),
        last_used_at: orNull(key.lastUsedAt),
        counted_in: countsIn ?? null,
      }),
    ).map(() => undefined),
  get: (user, id) =>
    query(() => trx('api_keys').where({ id, user_id: user }).whereNull('revoked_at').first()).andThen(
      (row) => (row === undefined ? errAsync<ApiKey, NotFound>(NOT_FOUND) : okAsync(apiKeyOf(row))),
    ),
  revoke: (user, id, at) =>
    query(() => trx.raw<Raw>(REVOKE, { id, user, at: iso(at) })).andThen(({ rows: [row] }) =>
      row === undefined
        ? errAsync<AccountId | undefined, NotFound>(NOT_FOUND)
        : okAsync(Counted.parse(row).counted_in),
    ),
  discount: (account, at) =>
    query(() =>
      trx('api_keys')
        .where({ counted_in: account })
        .where('expires_at', '<=', iso(at))
        .update({ counted_in: null }),
    ),
});
