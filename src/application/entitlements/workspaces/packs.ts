import { err, ok, type Result, safeTry } from 'neverthrow';
import type { PackFile, ReviewPack } from '../../../domain/entitlements/pack.js';
import type { WorkspacesDeps } from './deps.js';
import type { PackDownload, WorkspaceMember } from './views.js';

export type PackNotReady = { readonly kind: 'pack_not_ready'; readonly status: ReviewPack['status'] };

const fileOf = ({ file, status }: ReviewPack): Result<PackFile, PackNotReady> =>
  file === undefined ? err({ kind: 'pack_not_ready', status }) : ok(file);

/** The archive of a pack that is ready, as it was written; not found as well when its bucket is deleted. */
export const packDownload =
  ({ readers, shelf }: Pick<WorkspacesDeps, 'readers' | 'shelf'>) =>
  (number: number, member: WorkspaceMember) =>
    safeTry(async function* () {
      const { accountId, userId, at, requestId } = member;
      const { pack } = yield* readers.pack(accountId, number);
      const file = yield* fileOf(pack);
      const opened = yield* shelf.open({ accountId, userId, at, requestId }, file);
      return ok<PackDownload>({ pack, fileName: `${pack.kind}-pack-${pack.number}.zip`, ...opened });
    });
