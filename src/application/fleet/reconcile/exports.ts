import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { World } from '../../../domain/fleet/world.js';
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

/** Made of keys that nobody guesses and a password of ours, so that it tells nobody any of them. */
const marked = ({ digest }: Pick<FleetDeps, 'digest'>, way: Export): Export => ({
  ...way,
  fingerprint: digest.sha256(
    JSON.stringify([way.address, way.bucket, way.prefix, way.username, way.password]),
  ),
});

/** How a gateway comes to the objects, opened for this use alone; or why it cannot. */
const wayTo = (
  deps: FleetDeps,
  { id, accountId, source }: FileSystem,
): ResultAsync<Way, NotFound | Unavailable> =>
  safeTry<Way, NotFound | Unavailable>(async function* () {
    const { sources, readers, accountKeys, sealer } = deps;
    const access = await sources.access(accountId, source);
    if (access.isErr()) {
      const { error } = access;
      if (error.kind === 'unavailable') return err(error);
      return ok({ refused: error.kind === 'not_found' ? `its ${source.kind} is gone` : error.reason });
    }
    const { secret } = yield* readers.fileSystem(accountId, id);
    const dataKey = yield* accountKeys.get(accountId);
    const password = sealer.open(dataKey, accountId, secretPlace(id), secret);
    return ok({ export: marked(deps, { fileSystemId: id, ...access.value, username: id, password }) });
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

/**
 * Of the exports that are seen, those whose file systems are reached in another way now. Where that cannot be told at
 * the moment, what is served stays as it is.
 */
export const outdatedAmong = (
  deps: FleetDeps,
  fileSystems: readonly FileSystem[],
  { exports: seen }: Pick<World, 'exports'>,
): ResultAsync<ReadonlySet<string>, never> => {
  const told = fileSystems.filter(({ id }) => seen.get(id)?.fingerprint !== undefined);
  const isOutdated = ({ fileSystemId, fingerprint }: Export) =>
    seen.get(fileSystemId)?.fingerprint !== fingerprint;
  return waysTo(deps, told)
    .map(({ exports }) => new Set(exports.filter(isOutdated).map(({ fileSystemId }) => fileSystemId)))
    .orElse(() => ok(new Set<string>()));
};
