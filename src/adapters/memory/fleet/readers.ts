import { errAsync, okAsync } from 'neverthrow';
import type { FleetReaders } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryStore } from '../kit/store.js';
import {
  type FileSystemRow,
  type GatewayRow,
  isLiving,
  splitFileSystem,
  splitGateway,
  TABLES,
} from './rows.js';

const idOf = ({ id }: { readonly id: string }): string => id;

/** Committed file systems and gateways. */
export const memoryFleetReaders = (store: MemoryStore): FleetReaders => {
  const fileSystems = store.read<FileSystemRow>(TABLES.fileSystems);
  const gateways = store.read<GatewayRow>(TABLES.gateways);
  const allFileSystems = (isMeant: (row: FileSystemRow) => boolean) =>
    fileSystems
      .all()
      .map((rows) =>
        rows.filter((row) => isMeant(row) && isLiving(row)).map((row) => splitFileSystem(row)[0]),
      );
  const allGateways = (isMeant: (row: GatewayRow) => boolean) =>
    gateways.all().map((rows) => rows.filter(isMeant).map((row) => splitGateway(row)[0]));
  return {
    fileSystem: (account, id) =>
      fileSystems.get(id).andThen((row) => {
        if (row?.accountId !== account || !isLiving(row)) return errAsync<never, NotFound>(NOT_FOUND);
        const [fileSystem, { secret }] = splitFileSystem(row);
        return okAsync({ fileSystem, secret });
      }),
    buriedFileSystem: (account, id) =>
      fileSystems
        .get(id)
        .andThen((row) =>
          row?.accountId === account && !isLiving(row)
            ? okAsync(splitFileSystem(row)[0])
            : errAsync<never, NotFound>(NOT_FOUND),
        ),
    fileSystemsOf: (account, page) =>
      allFileSystems((row) => row.accountId === account).map((rows) => keyset(rows, page, idOf)),
    allFileSystems: (page) => allFileSystems(() => true).map((rows) => keyset(rows, page, idOf)),
    gateway: (account, id) =>
      gateways
        .get(id)
        .andThen((row) =>
          row?.accountId === account && isLiving(row)
            ? okAsync(splitGateway(row)[0])
            : errAsync<never, NotFound>(NOT_FOUND),
        ),
    gatewaysOf: (account, page) =>
      allGateways((row) => row.accountId === account && isLiving(row)).map((rows) =>
        keyset(rows, page, idOf),
      ),
    gatewaysByToken: (tokens) =>
      allGateways(({ provisionToken }) => provisionToken !== undefined && tokens.includes(provisionToken)),
    gatewaysWithout: (of, tokens, limit) =>
      allGateways(
        ({ provider, hostId, phase, ref, provisionToken = '' }) =>
          provider === of.provider &&
          hostId === of.hostId &&
          ['ready', 'degraded', 'stopped'].includes(phase) &&
          ref !== undefined &&
          !tokens.includes(provisionToken),
      ).map((rows) => rows.slice(0, limit)),
  };
};
