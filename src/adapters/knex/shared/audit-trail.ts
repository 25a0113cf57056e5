import type { Knex } from 'knex';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { pageOf } from '../../../domain/shared/page.js';
import type { ActorKind } from '../../../ports/shared/audit.js';
import type { AuditRecord, AuditTrail } from '../../../ports/shared/audit-trail.js';
import { newestWithin } from '../kit/newest-within.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const ACTOR_KINDS = {
  user: 'user',
  api_key: 'api_key',
  organization_client: 'organization_client',
  platform_admin: 'platform_admin',
  system: 'system',
  webhook: 'webhook',
  anonymous: 'anonymous',
} as const satisfies { readonly [Kind in ActorKind]: Kind };

const Row = z.object({
  id: z.string(),
  account_id: z.string().transform((id) => id as AccountId),
  actor_kind: z.enum(ACTOR_KINDS),
  actor_id: nullable(z.string()),
  action: z.string(),
  target: z.string(),
  request_id: z.string(),
  network: nullable(z.string()),
  data: nullable(z.record(z.string(), z.unknown())),
  at: timestamptz,
});

const recordOf = (row: unknown): AuditRecord => {
  const { id, account_id: accountId, actor_kind: kind, actor_id: actorId, ...told } = Row.parse(row);
  const { action, target, request_id: requestId, network, data, at } = told;
  return { id, accountId, actor: { kind, id: actorId }, action, target, requestId, network, data, at };
};

/** Committed entries, straight from their table. */
export const knexAuditTrail = (db: Knex): AuditTrail => ({
  of: (account, { size, after }) =>
    query(() => {
      const rows = db('audit_log').where({ account_id: account });
      if (after !== undefined) void rows.where('id', '<', after);
      return rows.orderBy('id', 'desc').limit(size + 1);
    }).map((rows) => pageOf(rows.map(recordOf), size, ({ id }) => id)),
  within: (account, stretch, page) =>
    query(() =>
      db('audit_log')
        .where({ account_id: account })
        .modify(newestWithin('at', stretch, page)),
    ).map((rows: unknown[]) => pageOf(rows.map(recordOf), page.size, ({ at, id }) => ({ at, id }))),
});
