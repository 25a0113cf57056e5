import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { isStorableText } from '../../../domain/shared/text.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type InvalidKey, prefix as prefixOf } from '../../../domain/storage/object-key.js';
import type { BucketFailure, ListEntry, Listing, ListRequest } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { type Objects, objectsIn } from '../objects-in.js';

export type ListInput = {
  readonly prefix: string;
  readonly delimiter: '/' | undefined;
  /** Only keys after this one, whatever they are rolled up into. */
  readonly after: string | undefined;
  /** 0 to 1000. */
  readonly limit: number;
};

const UNREADABLE: InvalidKey = {
  kind: 'invalid_key',
  field: 'marker',
  reason: 'must be well-formed Unicode without NUL',
};

/** The folder that `after` lies in, if it is one that this listing rolls up and not its very name. */
const folderAround = ({ prefix, delimiter, after }: ListInput): string | undefined => {
  if (delimiter === undefined || !after?.startsWith(prefix)) return undefined;
  const slash = after.indexOf(delimiter, prefix.length);
  return slash < 0 || slash === after.length - 1 ? undefined : after.slice(0, slash + 1);
};

/** A page that begins with the folder in the midst of which the one before ended, if anything follows there. */
const beginningWithin = (objects: Objects, request: ListRequest, folder: string) =>
  prefixOf(folder)
    .asyncAndThen((prefix) => objects.list({ prefix, after: request.after, limit: 1 }))
    .andThen(({ entries: following }) => {
      const { limit } = request;
      if (following.length === 0) return objects.list({ ...request, after: folder });
      const first: ListEntry = { type: 'folder', prefix: folder };
      return objects
        .list({ ...request, after: folder, limit: Math.max(1, limit - 1) })
        .map(({ entries, next }): Listing => {
          if (limit > 1) return { entries: [first, ...entries], next };
          return { entries: [first], next: entries.length > 0 ? folder : undefined };
        });
    });

/**
 * Keys in byte order. A store begins after a name, a file's or a folder's; S3 begins after a key, and a folder in
 * the midst of which that lies is listed if something follows.
 */
export const listKeys =
  ({ objects: store }: StorageDeps) =>
  ({ bucketName }: Bucket, input: ListInput): ResultAsync<Listing, InvalidKey | BucketFailure> =>
    prefixOf(input.prefix).asyncAndThen((prefix): ResultAsync<Listing, InvalidKey | BucketFailure> => {
      const { delimiter, after, limit } = input;
      if (after !== undefined && !isStorableText(after)) return errAsync(UNREADABLE);
      if (limit === 0) return okAsync({ entries: [] });
      const objects = objectsIn(store, bucketName);
      const request: ListRequest = { prefix, delimiter, after, limit };
      const folder = folderAround(input);
      return folder === undefined ? objects.list(request) : beginningWithin(objects, request, folder);
    });
