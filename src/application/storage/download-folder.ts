import { err, ok, type Result, ResultAsync, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { archiveNames, type Entry } from '../../domain/storage/archive-names.js';
import { folder, nameOf, type Prefix } from '../../domain/storage/object-key.js';
import { archiveLength } from '../../domain/storage/zip.js';
import { NOT_FOUND, type NotFound } from '../../ports/shared/failure.js';
import type { BucketFailure, Bytes, ObjectMeta } from '../../ports/storage/object-store.js';
import { type Member as Archived, archiveOf, gathered } from './archive.js';
import type { StorageDeps } from './deps.js';
import { lookingAhead, SMALL } from './look-ahead.js';
import type { Objects } from './objects-in.js';
import { pagesBelow } from './pages-below.js';
import { asNotFound, type Container, placeFor } from './place.js';

/** More objects than an archive may have. */
export type FolderTooLarge = {
  readonly kind: 'folder_too_large';
  readonly field: 'key';
  readonly limit: number;
};
/** An archive on its way. A member that changes meanwhile breaks `body` off before its announced length. */
export type Archive = {
  readonly fileName: string;
  readonly length: number;
  readonly body: Bytes;
  readonly close: () => void;
};

const MAX_ENTRIES = 100_000;

/** Everything below `dir/` as one archive; a folder with nothing in it is not found. */
export const downloadFolder =
  (deps: StorageDeps) => (input: { container: Container; key: string }, member: Member) =>
    safeTry(async function* () {
      const prefix = yield* folder(input.key);
      const { objects } = yield* placeFor(deps, member, input.container, 'read', prefix);
      const listed = yield* new ResultAsync(contentsOf(objects, prefix)).mapErr(asNotFound);
      const members = archiveNames(prefix, listed).map(memberOf);
      if (members.length === 0) return err<never, NotFound>(NOT_FOUND);
      const contents = lookingAhead(objects, members);
      return ok<Archive>({
        fileName: `${nameOf(prefix) || 'folder'}.zip`,
        length: archiveLength(members),
        body: gathered(archiveOf(members, contents, deps.crc32)),
        close: contents.close,
      });
    });

const contentsOf = async (
  objects: Objects,
  prefix: Prefix,
): Promise<Result<readonly ObjectMeta[], FolderTooLarge | BucketFailure>> => {
  const listed: ObjectMeta[] = [];
  for await (const page of pagesBelow(objects, prefix)) {
    if (page.isErr()) return err(page.error);
    for (const entry of page.value.entries) if (entry.type === 'file') listed.push(entry.object);
    if (listed.length > MAX_ENTRIES)
      return err({ kind: 'folder_too_large', field: 'key', limit: MAX_ENTRIES });
  }
  return ok(listed);
};

const memberOf = ({ name, isDirectory, object }: Entry<ObjectMeta>): Archived => ({
  name,
  size: object.size,
  modifiedAt: object.modifiedAt,
  form: isDirectory ? 'directory' : object.size <= SMALL ? 'whole' : 'streamed',
  key: object.key,
  etag: object.etag,
});
