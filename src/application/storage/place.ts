import { err, ok, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import { utf8Length } from '../../domain/shared/text.js';
import { mayUse, type Use } from '../../domain/storage/kept-bucket.js';
import {
  type InvalidKey,
  MAX_KEY_BYTES,
  type ObjectKey,
  type Prefix,
} from '../../domain/storage/object-key.js';
import { scrubbed, textOf } from '../../domain/storage/scrubbed.js';
import { type Forbidden, NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type {
  BucketMissing,
  Bytes,
  ListEntry,
  Listing,
  ObjectMeta,
} from '../../ports/storage/object-store.js';
import { activeBucket, type BucketNotActive, type Insider } from './active-bucket.js';
import { type Opened, opened } from './connections/store.js';
import type { StorageDeps } from './deps.js';
import { bucketObjects } from './metering/bucket-objects.js';
import { type Objects, objectsIn } from './objects-in.js';

/** What objects lie in: a managed bucket, or a bucket of the customer's own behind a connection. */
export type Container = { readonly kind: 'bucket' | 'connection'; readonly id: string };

/**
 * Only what lies below the jail, named from there on: nothing else is listed, read, written or deleted. The jail
 * ends in a slash, so that `p/` never shows `p2/`; an object that is named as the jail itself has no name here.
 */
export const jailed = (objects: Objects, jail: Prefix): Objects => {
  if (jail === '') return objects;
  const inside = <K extends ObjectKey | Prefix>(key: K): K => `${jail}${key}` as K;
  const outside = <K extends string>(key: K): K => key.slice(jail.length) as K;
  const shown = (meta: ObjectMeta): ObjectMeta => ({ ...meta, key: outside(meta.key) });
  const isShown = (key: string): boolean => key.startsWith(jail) && key !== jail;
  const entries = (listing: Listing): Listing['entries'] =>
    listing.entries.flatMap((entry): readonly ListEntry[] => {
      if (entry.type === 'folder')
        return isShown(entry.prefix) ? [{ ...entry, prefix: outside(entry.prefix) }] : [];
      return isShown(entry.object.key) ? [{ ...entry, object: shown(entry.object) }] : [];
    });
  return {
    put: (key, ...rest) => objects.put(inside(key), ...rest).map(shown),
    get: (key, ...rest) =>
      objects.get(inside(key), ...rest).map((stored) => ({ ...stored, meta: shown(stored.meta) })),
    head: (key) => objects.head(inside(key)).map(shown),
    list: ({ prefix, after = '', ...request }) =>
      objects.list({ ...request, prefix: inside(prefix), after: jail + after }).map((listing) => ({
        entries: entries(listing),
        next: listing.next === undefined ? undefined : outside(listing.next),
      })),
    deleteMany: (keys) =>
      objects
        .deleteMany(keys.map(inside))
        .map((refused) => refused.map((one) => ({ ...one, key: outside(one.key) }))),
  };
};

/** Bytes that break off without the secret. */
async function* hushedBytes(bytes: Bytes, secret: string): Bytes {
  try {
    yield* bytes;
  } catch (cause) {
    throw new Error(scrubbed(textOf(cause), secret));
  }
}

/** What a customer's store says of a failure, without the secret that it was opened with. */
const hushed = (objects: Objects, secret: string): Objects => {
  const hush = <E extends { readonly kind: string }>(failure: E): E => {
    if ('reason' in failure) return { ...failure, reason: scrubbed(String(failure.reason), secret) };
    return 'cause' in failure ? { ...failure, cause: scrubbed(textOf(failure.cause), secret) } : failure;
  };
  return {
    put: (...call) => objects.put(...call).mapErr(hush),
    get: (...call) =>
      objects
        .get(...call)
        .mapErr(hush)
        .map((stored) => ({ ...stored, body: hushedBytes(stored.body, secret) })),
    head: (...call) => objects.head(...call).mapErr(hush),
    list: (...call) => objects.list(...call).mapErr(hush),
    deleteMany: (...call) =>
      objects
        .deleteMany(...call)
        .mapErr(hush)
        .map((refused) => refused.map((one) => ({ ...one, reason: scrubbed(one.reason, secret) }))),
  };
};

/** The objects of an opened connection. */
export const objectsBehind = ({ connection, store, secret }: Opened): Objects =>
  hushed(jailed(objectsIn(store, connection.bucketName), connection.jail), secret);

/** A container that can be worked in, and the way to its objects. */
export type Place = {
  readonly container: Container;
  readonly objects: Objects;
  /** Bytes that a key may have here: a jail takes its own from those of the store. */
  readonly maxKeyBytes: number;
};

const bucketPlace = (
  deps: StorageDeps,
  insider: Insider,
  id: string,
  use: Use,
): ResultAsync<Place, NotFound | BucketNotActive | Forbidden | Unavailable> =>
  activeBucket(deps, insider, id).andThen((bucket) =>
    mayUse(bucket, use, insider.role).map(() => ({
      container: { kind: 'bucket' as const, id },
      objects: bucketObjects(deps, bucket),
      maxKeyBytes: MAX_KEY_BYTES,
    })),
  );

/** Whatever is known of a connection: what its credentials may do, the store itself decides at every call. */
const connectionPlace = (
  deps: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Place, NotFound | Unavailable> =>
  opened(deps, account, id).map((way) => ({
    container: { kind: 'connection', id },
    objects: objectsBehind(way),
    maxKeyBytes: MAX_KEY_BYTES - utf8Length(way.connection.jail),
  }));

/** The account's container, if its objects can be worked on, and used so. */
export const placeOf = (
  deps: StorageDeps,
  insider: Insider,
  { kind, id }: Container,
  use: Use,
): ResultAsync<Place, NotFound | BucketNotActive | Forbidden | Unavailable> =>
  kind === 'bucket' ? bucketPlace(deps, insider, id, use) : connectionPlace(deps, insider.accountId, id);

/** The same, if this key, or beginning of one, fits into it. */
export const placeFor = (
  deps: StorageDeps,
  insider: Insider,
  container: Container,
  use: Use,
  key: ObjectKey | Prefix,
  field = 'key',
): ResultAsync<Place, InvalidKey | NotFound | BucketNotActive | Forbidden | Unavailable> =>
  placeOf(deps, insider, container, use).andThen((place) =>
    utf8Length(key) <= place.maxKeyBytes
      ? ok(place)
      : err({
          kind: 'invalid_key' as const,
          field,
          reason: `must be at most ${place.maxKeyBytes} bytes of UTF-8 here`,
        }),
  );

/** A bucket that vanishes between our row and the store was deleted in that moment. */
export const asNotFound = <E extends { readonly kind: string }>(
  failure: E,
): Exclude<E, BucketMissing> | NotFound =>
  failure.kind === 'bucket_missing' ? NOT_FOUND : (failure as Exclude<E, BucketMissing>);
