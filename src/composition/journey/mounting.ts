import { randomUUID } from 'node:crypto';
import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type * as z from 'zod';
import { FileSystemDto, GatewayDto } from '../../adapters/http/training-pipes/fleet-schemas.js';
import { listOf, PlatformConfigDto } from '../../adapters/http/training-pipes/schemas.js';
import { poll } from './bucket.js';
import { type ApiFailure, type Client, document, nothing } from './client.js';
import type { Settling } from './made.js';
import type { Stay } from './stay.js';
import { type Door, doorOf } from './webdav.js';

/** A file system of the journey that runs. */
export type Mounted = { readonly id: string; readonly door: Door; readonly instanceType: string };

const failed = (reason: string): ApiFailure => ({ kind: 'unexpected_reply', reason });

/** Where file systems can be served; undefined where the server has nobody who serves them. */
export const fleetRegion = (client: Client): ResultAsync<string | undefined, ApiFailure> =>
  client
    .call('getConfig')
    .andThen(document(PlatformConfigDto))
    .map(({ providers }) => providers.find(({ name }) => name === 'local')?.regions[0]?.name);

const shown = (client: Client, { key }: Stay, id: string) =>
  client.call('getFileSystem', { as: key, params: { file_system_id: id } }).andThen(document(FileSystemDto));

/** Waits for a status; one that has failed is not waited for. */
const reached = (client: Client, stay: Stay, id: string, status: string) =>
  poll(() =>
    shown(client, stay, id).andThen((now) => {
      if (now.status === 'failed') return err(failed(`the file system failed: ${now.reason ?? ''}`));
      const isThere = now.status === status && (status !== 'running' || now.phase === 'healthy');
      return ok(isThere ? now : undefined);
    }),
  );

/** Deletion is over when nobody finds it any more, nor its gateway: before that the project is not empty. */
const remove = (client: Client, stay: Stay, id: string): ResultAsync<true, ApiFailure> =>
  client
    .call('deleteFileSystem', { as: stay.key, params: { file_system_id: id } })
    .andThen(nothing)
    .andThen(() => poll(() => gone(client, stay, id)))
    .andThen(() => poll(() => ungated(client, stay)));

const ungated = (client: Client, { key, projectId }: Stay): ResultAsync<true | undefined, ApiFailure> =>
  client
    .call('listGateways', { as: key, params: { project_id: projectId } })
    .andThen(document(listOf('GatewayList', GatewayDto)))
    .map(({ items }) => (items.length === 0 ? true : undefined));

const gone = (client: Client, stay: Stay, id: string): ResultAsync<true | undefined, ApiFailure> =>
  shown(client, stay, id)
    .map((): true | undefined => undefined)
    .orElse((failure) =>
      failure.kind === 'refused' && failure.status === 404 ? okAsync<true>(true) : err(failure),
    );

const opened = (now: z.output<typeof FileSystemDto>): Mounted | undefined => {
  const door = doorOf(now);
  return door && { id: now.id, door, instanceType: now.instance_type };
};

/** The bucket as a file system, once it can be read and written. */
export const mount = (
  { client, made }: Settling,
  stay: Stay,
  region: string,
): ResultAsync<Mounted, ApiFailure> =>
  safeTry(async function* () {
    const json = { bucket_id: stay.bucketId, region };
    const asked = { as: stay.key, params: { project_id: stay.projectId }, json };
    const { id } = yield* client
      .call('createFileSystem', { ...asked, idempotencyKey: randomUUID() })
      .andThen(document(FileSystemDto));
    made.undo.push({ step: 'delete the file system', run: () => remove(client, stay, id) });
    const mounted = opened(yield* reached(client, stay, id, 'running'));
    return mounted ? ok(mounted) : err(failed('the file system shows no way in'));
  });

/** Stops it, with all that was written in the bucket. */
export const unmount = (client: Client, stay: Stay, { id }: Mounted): ResultAsync<unknown, ApiFailure> => {
  const json = { desired_status: 'stopped' };
  return client
    .call('updateFileSystem', { as: stay.key, params: { file_system_id: id }, json })
    .andThen(nothing)
    .andThen(() => reached(client, stay, id, 'stopped'));
};
