import { okAsync, type ResultAsync } from 'neverthrow';
import type { Instant } from '../../../domain/shared/time.js';
import type { ClaimedGateway, GatewayLeases } from '../../../ports/fleet/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { earlier, held } from './gateways.js';
import { type GatewayRow, isLiving, splitGateway, TABLES } from './rows.js';

type Claimer = Parameters<GatewayLeases['claim']>[0];

const isFor = ({ hostId, providers }: Claimer, row: GatewayRow): boolean =>
  providers.includes(row.provider) && (row.hostId === undefined || row.hostId === hostId);

const longestDueFirst = (a: GatewayRow, b: GatewayRow): number => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1);

const claimedOf = (row: GatewayRow): ClaimedGateway => {
  const [gateway, { epoch, attempts, seenAt }] = splitGateway(row);
  return { gateway, epoch, attempts, seenAt };
};

const leased = (row: GatewayRow, leaseUntil: Instant): GatewayRow => ({
  ...row,
  dueAt: leaseUntil,
  leaseUntil,
  wokenAt: undefined,
  epoch: row.epoch + 1,
});

/** The reconciler's half on a memory store. */
export const memoryGatewayLeases = (store: MemoryStore): GatewayLeases => ({
  claim: (by, limit, at, leaseUntil) =>
    store.run((tx) => {
      const gateways = tx.table<GatewayRow>(TABLES.gateways);
      return gateways.all().andThen((rows) => {
        const taken = rows
          .filter((row) => isLiving(row) && row.dueAt <= at && isFor(by, row))
          .sort(longestDueFirst)
          .slice(0, limit)
          .map((row) => leased(row, leaseUntil));
        return taken
          .reduce<ResultAsync<void, never>>(
            (written, row) => written.andThen(() => gateways.put(row.id, row)),
            okAsync(undefined),
          )
          .map(() => taken.map(claimedOf));
      });
    }),
  release: ({ gateway: { id }, epoch }, dueAt, attempts, seenAt) =>
    store.run((tx) =>
      held(tx, id, epoch).andThen((row) =>
        tx.table<GatewayRow>(TABLES.gateways).put(id, {
          ...row,
          dueAt: earlier(dueAt, row.wokenAt),
          attempts: row.wokenAt === undefined ? attempts : 0,
          leaseUntil: undefined,
          seenAt: seenAt ?? row.seenAt,
        }),
      ),
    ),
});
