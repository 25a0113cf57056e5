import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem, Source } from '../../domain/fleet/file-system.js';
import { newFileSystem, newGateway } from '../../domain/fleet/make.js';
import type { Member } from '../../domain/shared/principal.js';
import type { SourceNotReady } from '../../ports/fleet/sources.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { FleetDeps } from './deps.js';
import { stateEvent } from './events.js';
import { type Chosen, chooseByRegion } from './offers.js';

export type InvalidSource = {
  readonly kind: 'invalid_source';
  readonly field: 'bucket_id' | 'connection_id';
  readonly reason: string;
};
export type SourceNotFound = {
  readonly kind: 'source_not_found';
  readonly field: 'bucket_id' | 'connection_id';
};
export type FileSystemAsked = {
  readonly bucketId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly region: string;
  readonly instanceType?: string | undefined;
  readonly preload: boolean;
};

/** Where the password of a file system's WebDAV door lies sealed. */
export const secretPlace = (id: string) => ({ table: 'file_systems', column: 'secret', row: id });

const sourceOf = ({ bucketId, connectionId }: FileSystemAsked): Result<Source, InvalidSource> => {
  const refuse = (field: InvalidSource['field'], reason: string) =>
    err({ kind: 'invalid_source' as const, field, reason });
  if (bucketId !== undefined && connectionId !== undefined)
    return refuse('connection_id', 'cannot be given together with bucket_id');
  if (bucketId !== undefined) return ok({ kind: 'bucket', id: bucketId });
  return connectionId === undefined
    ? refuse('bucket_id', 'or connection_id must be given')
    : ok({ kind: 'connection', id: connectionId });
};

const missing = ({ kind }: Source): SourceNotFound => ({
  kind: 'source_not_found',
  field: kind === 'bucket' ? 'bucket_id' : 'connection_id',
});

/** Its objects can be reached by somebody who is not this process. */
const reachable = (
  { sources }: FleetDeps,
  member: Member,
  source: Source,
): ResultAsync<void, SourceNotFound | SourceNotReady | Unavailable> =>
  sources
    .access(member.accountId, source)
    .map(() => undefined)
    .mapErr((failure) => (failure.kind === 'not_found' ? missing(source) : failure));

/**
 * A file system and the gateway that is to serve it, in one unit. What is refused leaves no trace; what is made is
 * brought to life by the reconciler.
 */
export const createFileSystem = (deps: FleetDeps) => (asked: FileSystemAsked, member: Member, once?: Once) =>
  memberRefused(
    deps.fleet,
    member,
    safeTry(async function* () {
      const source = yield* sourceOf(asked);
      const chosen = yield* chooseByRegion(deps.providers, asked.region, asked.instanceType);
      yield* reachable(deps, member, source);
      yield* deps.entitlements.mayLaunch(member.accountId, chosen.type);
      return intend(deps, { source, chosen, preload: asked.preload }, member, once);
    }),
  );

type Intended = { readonly source: Source; readonly chosen: Chosen; readonly preload: boolean };

const intend = (deps: FleetDeps, { source, chosen, preload }: Intended, member: Member, once?: Once) => {
  const { fleet, ids, random, sealer } = deps;
  const gateway = newGateway({
    id: ids.next(),
    accountId: member.accountId,
    provider: chosen.provider,
    region: chosen.region,
    type: chosen.type.name,
    auto: true,
    at: member.at,
  });
  const made = newFileSystem({ id: ids.next(), source, preload, gateway, at: member.at });
  const password = random.token(24);
  return fleet.runAdding((tx) =>
    safeTry(async function* () {
      const { dataKey } = yield* tx.accounts.lockLive(member.accountId);
      const before = yield* claim(tx, once, { ids: { fileSystem: made.id } });
      if (before) return shownAgain(tx, member, before.ids['fileSystem'] ?? '');
      for (const feature of ['file_systems', 'gateways', 'running_file_systems'] as const)
        yield* tx.quota.take(member.accountId, feature, 1, member.at);
      yield* tx.mounts
        .mount(member.accountId, source, made.id)
        .mapErr((failure) => (failure.kind === 'source_not_found' ? missing(source) : failure));
      yield* tx.gateways.add(gateway, member.at);
      const place = secretPlace(made.id);
      yield* tx.fileSystems.add(made, sealer.seal(dataKey, member.accountId, place, password));
      yield* tx.events.append(stateEvent(gateway, member.at));
      yield* tx.events.append(stateEvent(made, member.at));
      yield* tx.audit.record(
        byCaller(member, { accountId: member.accountId, action: 'file_system.create', target: made.id }),
      );
      return ok(made);
    }),
  );
};

const shownAgain = (
  tx: FleetTx,
  member: Member,
  id: string,
): ResultAsync<FileSystem, NotFound | Unavailable> => tx.fileSystems.get(member.accountId, id);
