import { knexEventFeed } from '../../../src/adapters/knex/fleet/event-feed.js';
import { knexGatewayLeases } from '../../../src/adapters/knex/fleet/leases.js';
import { knexFleetReaders } from '../../../src/adapters/knex/fleet/readers.js';
import { memoryEventFeed } from '../../../src/adapters/memory/fleet/event-feed.js';
import { memoryGatewayLeases } from '../../../src/adapters/memory/fleet/leases.js';
import { memoryFleetReaders } from '../../../src/adapters/memory/fleet/readers.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import type { FileSystem } from '../../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../../src/domain/fleet/gateway.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, instant } from '../../../src/domain/shared/time.js';
import type {
  EventFeed,
  FleetReaders,
  GatewayLeases,
  IntervalStart,
} from '../../../src/ports/fleet/unit-of-work.js';
import { AT } from '../../support/accounts.js';
import { aFileSystem, aGateway } from '../../support/fleet.js';
import type { TestDatabase } from '../../support/postgres.js';
import { SECRET } from '../../support/storage.js';
import { type AccountsRig, knexAccountsRigs, memoryAccountsRig, settling, value } from './accounts.rig.js';

export type Interval = IntervalStart & { readonly endedAt?: Instant | undefined };

/** The ports over the fleet on one technology, beside those over the accounts and buckets it stands on. */
export type FleetRig = AccountsRig & {
  readonly fleetReaders: FleetReaders;
  readonly leases: GatewayLeases;
  readonly feed: EventFeed;
  /** All intervals of a file system, in the order in which they began. */
  readonly intervals: (fileSystemId: string) => Promise<readonly Interval[]>;
};

const byStart = (a: Interval, b: Interval): number => a.startedAt - b.startedAt;

export const memoryFleetRig = async (): Promise<FleetRig> => {
  const store = memoryStore();
  const rows = store.read<Interval & { readonly id: string }>('file_system_intervals');
  return {
    ...(await memoryAccountsRig(store)),
    fleetReaders: memoryFleetReaders(store),
    leases: memoryGatewayLeases(store),
    feed: memoryEventFeed(store),
    intervals: async (fileSystemId) =>
      (await value(rows.all()))
        .filter((row) => row.fileSystemId === fileSystemId)
        .map(({ id: _, ...interval }) => interval)
        .sort(byStart),
  };
};

const at = (date: Date): Instant => instant(date.getTime());

/** Opens rigs on databases of their own, and closes them all. */
export const knexFleetRigs = () => {
  const rigs = knexAccountsRigs();
  return {
    open: async (): Promise<FleetRig & TestDatabase> => {
      const rig = await rigs.open();
      const { db } = rig;
      return {
        ...rig,
        fleetReaders: knexFleetReaders(db),
        leases: knexGatewayLeases(db),
        feed: knexEventFeed(db),
        intervals: async (fileSystemId) =>
          (await db('file_system_intervals').where({ file_system_id: fileSystemId }))
            .map(
              (row): Interval => ({
                fileSystemId,
                accountId: row.account_id,
                label: row.label,
                microsPerHour: row.micros_per_hour,
                currency: row.currency,
                startedAt: at(row.started_at),
                endedAt: row.ended_at === null ? undefined : at(row.ended_at),
              }),
            )
            .sort(byStart),
      };
    },
    close: rigs.close,
  };
};

/** Puts accounts, gateways and file systems there, each in a unit of its own. */
export const fleetOf = (rig: FleetRig) => ({
  account: async (): Promise<AccountId> => (await settling(rig).owner()).account.id,
  gateway: async (account: AccountId, over: Partial<Gateway> = {}, dueAt = AT): Promise<Gateway> => {
    const gateway = aGateway(account, over);
    await value(rig.fleet.run((tx) => tx.gateways.add(gateway, dueAt)));
    return gateway;
  },
  fileSystem: async (account: AccountId, over: Partial<FileSystem> = {}): Promise<FileSystem> => {
    const fileSystem = aFileSystem(account, over);
    await value(rig.fleet.run((tx) => tx.fileSystems.add(fileSystem, SECRET)));
    return fileSystem;
  },
});
