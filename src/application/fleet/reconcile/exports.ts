import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Export } from '../../../ports/fleet/providers.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import { secretPlace } from '../create-file-system.js';
import type { FleetDeps } from '../deps.js';

export type Ways = {
  readonly exports: readonly Export[];
  /** File systems whose objects cannot be reached, and why. */
  readonly refused: ReadonlyMap<string, string>;
};

type Way = { readonly export: Export } | { readonly refused: string };

/** How a gateway comes to the objects, opened for this use alone; or why it cannot. */
const wayTo = (
  { sources, readers, accountKeys, sealer }: FleetDeps,
  { id, accountId, source }: FileSystem,
): ResultAsync<Way, NotFound | Unavailable> =>
  safeTry<Way, NotFound | Unavailable>(async function* () {
    const access = await sources.access(accountId, source);
    if (access.isErr()) {
      const { error } = access;
      if (error.kind === 'unavailable') return err(error);
      return ok({ refused: error.kind === 'not_found' ? `its ${source.kind} is gone` : error.reason });
    }
    const { secret } = yield* readers.fileSystem(accountId, id);
    const dataKey = yield* accountKeys.get(accountId);
    const password = sealer.open(dataKey, accountId, secretPlace(id), secret);
    return ok({ export: { fileSystemId: id, ...access.value, username: id, password } });
  });

/** The ways to the objects of several file systems. */
export const waysTo = (
  deps: FleetDeps,
  fileSystems: readonly FileSystem[],
): ResultAsync<Ways, NotFound | Unavailable> =>
  safeTry<Ways, NotFound | Unavailable>(async function* () {
    const exports: Export[] = [];
    const refused = new Map<string, string>();
    for (const fileSystem of fileSystems) {
      const way = yield* wayTo(deps, fileSystem);
      if ('export' in way) exports.push(way.export);
      else refused.set(fileSystem.id, way.refused);
    }
    return ok({ exports, refused });
  });
