import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../domain/fleet/file-system.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Caller, Member } from '../../domain/shared/principal.js';
import type { Forbidden, NotFound, Unavailable } from '../../ports/shared/failure.js';
import { byCaller } from '../shared/record.js';
import { secretPlace } from './create-file-system.js';
import type { FleetDeps } from './deps.js';
import { saveFileSystem } from './save.js';

/** With the password of its WebDAV door, while there is one. */
export type FileSystemWithPassword = {
  readonly fileSystem: FileSystem;
  readonly webdavPassword?: string | undefined;
};
export type FileSystemNotRunning = { readonly kind: 'file_system_not_running'; readonly status: string };

export const getFileSystem =
  ({ readers, accountKeys, sealer }: FleetDeps) =>
  (id: string, member: Member): ResultAsync<FileSystemWithPassword, NotFound | Unavailable> =>
    safeTry(async function* () {
      const { fileSystem, secret } = yield* readers.fileSystem(member.accountId, id);
      if (!fileSystem.served?.webdav) return ok<FileSystemWithPassword>({ fileSystem });
      const dataKey = yield* accountKeys.get(member.accountId);
      const webdavPassword = sealer.open(dataKey, member.accountId, secretPlace(id), secret);
      return ok<FileSystemWithPassword>({ fileSystem, webdavPassword });
    });

export const listFileSystems =
  ({ readers }: FleetDeps) =>
  (member: Member, page: PageRequest<string>) =>
    readers.fileSystemsOf(member.accountId, page);

/** Of every project, for those who run the platform. */
export const listAllFileSystems =
  ({ readers }: FleetDeps) =>
  (
    caller: Caller,
    page: PageRequest<string>,
  ): ResultAsync<Page<FileSystem, string>, Forbidden | Unavailable> =>
    (caller.platformAdmin
      ? okAsync<void, Forbidden>(undefined)
      : err<void, Forbidden>({ kind: 'forbidden', needs: 'a platform admin' }).asyncAndThen(() =>
          okAsync(undefined),
        )
    ).andThen(() => readers.allFileSystems(page));

/** Asks that what was written so far be sent to the bucket; an event tells when it is there. */
export const flushFileSystem =
  ({ fleet }: FleetDeps) =>
  (id: string, member: Member) =>
    fleet.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const current = yield* tx.fileSystems.get(accountId, id);
        const { status, gatewayId } = current;
        if (status !== 'running' || gatewayId === undefined)
          return err<never, FileSystemNotRunning>({ kind: 'file_system_not_running', status });
        yield* saveFileSystem(tx, current, { ...current, flushesAsked: current.flushesAsked + 1 }, at);
        yield* tx.gateways.wake(gatewayId, at);
        yield* tx.audit.record(byCaller(member, { accountId, action: 'file_system.flush', target: id }));
        return ok(undefined);
      }),
    );
