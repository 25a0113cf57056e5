import type { Knex } from 'knex';
import * as z from 'zod';
import { iso } from '../../../domain/shared/time.js';
import type { ClaimedGateway, GatewayLeases } from '../../../ports/fleet/unit-of-work.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { gatewayOf, heldGateway, orLost } from './gateways.js';

// Every pair of a provider and a host (or none) is one look-up in the order of an index: rows of other hosts, or of
// providers that nobody runs here, are never met. While a row is held it is due when its lease runs out.
const CLAIM = `
  with due as materialized (
    select g.id, g.due_at
      from unnest(cast(:providers as text[])) p(provider)
     cross join (values (''), (cast(:hostId as text))) h(host_id)
     cross join lateral (
       select id, due_at from gateways
        where provider = p.provider and coalesce(host_id, '') = h.host_id and phase <> 'deleted' and due_at <= :at
        order by due_at, id limit :limit
        for no key update skip locked
     ) g
  ),
  longest as materialized (select * from due order by due_at, id limit :limit)
  update gateways
     set epoch = epoch + 1, lease_until = :leaseUntil, due_at = :leaseUntil, woken_at = null
    from longest
   where gateways.id = longest.id
  returning gateways.*, longest.due_at as was_due_at`;

const Row = z.object({
  epoch: z.number(),
  attempts: z.number(),
  seen_at: nullable(timestamptz),
  was_due_at: timestamptz,
});

const claimedOf = (row: unknown): ClaimedGateway & { readonly wasDueAt: number } => {
  const { epoch, attempts, seen_at: seenAt, was_due_at: wasDueAt } = Row.parse(row);
  return { gateway: gatewayOf(row), epoch, attempts, seenAt, wasDueAt };
};

/** The reconciler's half, on connections of its own: a claim is a committed lease, not an open transaction. */
export const knexGatewayLeases = (db: Knex): GatewayLeases => ({
  claim: ({ hostId, providers }, limit, at, leaseUntil) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly unknown[] }>(CLAIM, {
          providers: [...providers],
          hostId,
          limit,
          at: iso(at),
          leaseUntil: iso(leaseUntil),
        })
        .options({ name: 'claim gateways' }),
    ).map(({ rows }) =>
      rows
        .map(claimedOf)
        .sort((a, b) => a.wasDueAt - b.wasDueAt || (a.gateway.id < b.gateway.id ? -1 : 1))
        .map(({ wasDueAt: _, ...claimed }) => claimed),
    ),
  release: ({ gateway: { id }, epoch }, dueAt, attempts, seenAt) =>
    query(() =>
      heldGateway(db, id, epoch).update({
        lease_until: null,
        due_at: db.raw('least(cast(? as timestamptz), woken_at)', [iso(dueAt)]),
        attempts: db.raw('case when woken_at is null then cast(? as integer) else 0 end', [attempts]),
        ...(seenAt === undefined ? {} : { seen_at: iso(seenAt) }),
      }),
    ).andThen((rows) => orLost(id, rows)),
});
