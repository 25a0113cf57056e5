import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { STATUSES } from '../../../domain/fleet/file-system.js';
import { GATEWAY_PROVIDERS, type Gateway, type GatewayPhase } from '../../../domain/fleet/gateway.js';
import { gatewayPhases } from '../../../domain/fleet/lifecycle.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { Gateways } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const PHASES = [...new Set(Object.values(gatewayPhases).flat())] as [GatewayPhase];

const Row = z.object({
  id: z.string(),
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  provider: z.enum(GATEWAY_PROVIDERS),
  region: z.string(),
  type: z.string(),
  auto: z.boolean(),
  desired: z.enum(['running', 'stopped']),
  status: z.enum(STATUSES),
  phase: z.enum(PHASES),
  reason: nullable(z.string()),
  provision_token: nullable(z.string()),
  ref: nullable(z.string()),
  host_id: nullable(z.string()),
  created_at: timestamptz,
  updated_at: timestamptz,
});

/** A row of `gateways` as the domain sees it: without what reconcilers keep beside it. */
export const gatewayOf = (row: unknown): Gateway => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    accountId: r.account_id,
    provider: r.provider,
    region: r.region,
    type: r.type,
    auto: r.auto,
    desired: r.desired,
    status: r.status,
    phase: r.phase,
    reason: r.reason,
    provisionToken: r.provision_token,
    ref: r.ref,
    hostId: r.host_id,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

const toRow = (gateway: Gateway) => ({
  id: gateway.id,
  version: gateway.version,
  account_id: gateway.accountId,
  provider: gateway.provider,
  region: gateway.region,
  type: gateway.type,
  auto: gateway.auto,
  desired: gateway.desired,
  status: gateway.status,
  phase: gateway.phase,
  reason: gateway.reason ?? null,
  provision_token: gateway.provisionToken ?? null,
  ref: gateway.ref ?? null,
  host_id: gateway.hostId ?? null,
  created_at: iso(gateway.createdAt),
  updated_at: iso(gateway.updatedAt),
});

/** The living gateways of one account. */
export const gatewaysIn = (db: Knex, account: AccountId): Knex.QueryBuilder =>
  db('gateways').where({ account_id: account }).whereNot({ phase: 'deleted' });

/** The row in the hands of the latest claimer, until it has handed it back. */
export const heldGateway = (db: Knex, id: string, epoch: number): Knex.QueryBuilder =>
  db('gateways').where({ id, epoch }).whereNotNull('lease_until');

/** `rows`: how many of them a statement about the held row has met. */
export const orLost = (id: string, rows: number): ResultAsync<void, LeaseLost> =>
  rows === 1 ? okAsync(undefined) : errAsync({ kind: 'lease_lost', id });

/** Gateways on one transaction. */
export const knexGateways = (trx: Knex): Gateways => ({
  get: (account, id) =>
    query(() => gatewaysIn(trx, account).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<Gateway, NotFound>(NOT_FOUND) : okAsync(gatewayOf(row)),
    ),
  add: (gateway, dueAt) =>
    query(() => trx('gateways').insert({ ...toRow(gateway), due_at: iso(dueAt) })).map(() => undefined),
  save: (gateway) =>
    query(() =>
      gatewaysIn(trx, gateway.accountId)
        .where({ id: gateway.id, version: gateway.version })
        .update({ ...toRow(gateway), version: gateway.version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<Gateway, StaleVersion>({ kind: 'stale_version', id: gateway.id })
        : okAsync(gatewayOf(row)),
    ),
  wake: (id, at) =>
    query(() =>
      trx.raw(
        `update gateways set woken_at = least(woken_at, :at), attempts = 0,
           due_at = case when lease_until is null then least(due_at, :at) else due_at end
         where id = :id`,
        { id, at: iso(at) },
      ),
    ).map(() => undefined),
  // Locked until the unit ends: a claim meanwhile passes it by, and one that came before is seen or conflicts.
  fence: (id, epoch) =>
    query(() => heldGateway(trx, id, epoch).forNoKeyUpdate().select('id')).andThen((rows) =>
      orLost(id, rows.length),
    ),
});
