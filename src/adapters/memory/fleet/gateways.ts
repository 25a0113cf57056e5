import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, instant } from '../../../domain/shared/time.js';
import type { Gateways } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { type GatewayRow, isLiving, splitGateway, TABLES } from './rows.js';

/** The earlier of two moments, of which one may not be there. */
export const earlier = (a: Instant, b: Instant | undefined): Instant =>
  b === undefined ? a : instant(Math.min(a, b));

/** The row in the hands of the latest claimer, until it has handed it back. */
export const held = (tx: MemoryTx, id: string, epoch: number): ResultAsync<GatewayRow, LeaseLost> =>
  tx
    .table<GatewayRow>(TABLES.gateways)
    .get(id)
    .andThen((row) =>
      row?.epoch === epoch && row.leaseUntil !== undefined
        ? okAsync(row)
        : errAsync<GatewayRow, LeaseLost>({ kind: 'lease_lost', id }),
    );

const woken = (row: GatewayRow, at: Instant): GatewayRow => ({
  ...row,
  dueAt: row.leaseUntil === undefined ? earlier(at, row.dueAt) : row.dueAt,
  wokenAt: earlier(at, row.wokenAt),
  attempts: 0,
});

/** Gateways on one unit. */
export const memoryGateways = (tx: MemoryTx): Gateways => {
  const gateways = tableWithPrivateColumns(tx, TABLES.gateways, splitGateway);
  const rows = tx.table<GatewayRow>(TABLES.gateways);
  const living = (account: AccountId, id: string): ResultAsync<Gateway, NotFound> =>
    gateways
      .find(id)
      .andThen((found) =>
        found?.accountId === account && isLiving(found) ? okAsync(found) : errAsync(NOT_FOUND),
      );
  return {
    get: living,
    add: (gateway, dueAt) => gateways.insert(gateway, { dueAt, attempts: 0, epoch: 0 }),
    save: (gateway) =>
      living(gateway.accountId, gateway.id)
        .mapErr((): StaleVersion => ({ kind: 'stale_version', id: gateway.id }))
        .andThen(() => gateways.update(gateway)),
    wake: (id, at) =>
      rows.get(id).andThen((row) => (row === undefined ? okAsync(undefined) : rows.put(id, woken(row, at)))),
    // The lock: a claim that commits first makes this unit run again, and then the epoch is another.
    fence: (id, epoch) =>
      tx.lock(TABLES.gateways, id).andThen(() => held(tx, id, epoch).map(() => undefined)),
  };
};
