import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import { NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { MeteredBucket } from '../../../ports/storage/meter.js';
import type { Bytes, DeleteError, PutOptions } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { type Objects, objectsIn, type Sizes } from '../objects-in.js';
import { chunksOf } from '../verified.js';
import { type Claim, ending, type StorageQuotaExceeded } from './allowance.js';

export const meteredBucket = ({ accountId, id }: Bucket): MeteredBucket => ({ accountId, bucketId: id });

/** What lies under a key now. Who cannot be asked is taken to hold nothing: the daily listing puts that right. */
export const sizeUnder = ({ head }: Pick<Objects, 'head'>, key: ObjectKey): ResultAsync<StorageSize, never> =>
  head(key)
    .map(({ size: bytes }): StorageSize => ({ bytes, objects: 1 }))
    .orElse(() => okAsync(NOTHING));

type Conditions = Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>;

/**
 * A claim that counts on what is under a key making way for it. Once it does, that very version has to be there when
 * the object is stored: if it was deleted or replaced meanwhile, its room may be somebody else's already.
 */
export const claimOver = (
  { metering }: Pick<StorageDeps, 'metering'>,
  account: AccountId,
  { head }: Pick<Objects, 'head'>,
  key: ObjectKey,
) => {
  let version: string | undefined;
  const replaced = () =>
    head(key)
      .map(({ size: bytes, etag }): StorageSize => {
        version = etag;
        return { bytes, objects: 1 };
      })
      .orElse(() => okAsync(NOTHING));
  const claim = metering.allowance.claim(account, replaced);
  const isAsked = ({ ifMatch, ifNoneMatch }: Conditions): boolean =>
    ifMatch !== undefined || ifNoneMatch !== undefined;
  return {
    claim,
    /** The conditions of the sender, or ours. */
    conditions: (given: Conditions): Conditions =>
      isAsked(given) || version === undefined || !claim.spared() ? given : { ...given, ifMatch: version },
    /** Who set no condition is not told of one: there was no room. */
    told: <E extends { readonly kind: string }>(failure: E, given: Conditions): E | StorageQuotaExceeded =>
      failure.kind === 'precondition_failed' && !isAsked(given) ? (claim.spared() ?? failure) : failure,
  };
};

/** The same bytes, as far as there is room for them. */
const within = (bytes: Bytes, claim: Claim) => {
  let refusal: StorageQuotaExceeded | Unavailable | undefined;
  const read = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(bytes)) {
      const taken = await claim.take({ bytes: chunk.byteLength, objects: 0 });
      if (taken.isErr()) {
        refusal = taken.error;
        throw new Error('there is no room for the rest of the body');
      }
      yield chunk;
    }
  };
  return { bytes: { [Symbol.asyncIterator]: read }, refusal: () => refusal };
};

const NONE = () => undefined;

/** What storing in a bucket takes. */
type Deps = Pick<StorageDeps, 'objects' | 'metering'>;

/** A size that may be told by the store in the course of a call. */
const told = (first: StorageSize) => {
  let size = first;
  return {
    size: () => size,
    tell: (given: StorageSize) => {
      size = given;
    },
  };
};

const metered =
  (deps: Deps, bucket: Bucket, objects: Objects): Objects['put'] =>
  (key, body, options) => {
    const { objects: store, metering } = deps;
    const { length } = options;
    const { claim, conditions, told: toldOf } = claimOver(deps, bucket.accountId, objects, key);
    const { bytes, refusal } = length === undefined ? within(body, claim) : { bytes: body, refusal: NONE };
    const freed = told(NOTHING);
    // What is too large in any case is for the store to refuse.
    const isKnown = length !== undefined && length <= options.maxBytes;
    const put = claim
      .take({ bytes: isKnown ? length : 0, objects: 1 })
      .andThen(() => (store.tellsFreed ? okAsync(NOTHING) : sizeUnder(objects, key)))
      .andTee(freed.tell)
      .andThen(() =>
        store.put(bucket.bucketName, key, bytes, { ...options, ...conditions(options), freed: freed.tell }),
      );
    return ending(claim, put, ({ size }) =>
      metering.tally.note(meteredBucket(bucket), { added: { bytes: size, objects: 1 }, freed: freed.size() }),
    ).mapErr((failure) => refusal() ?? toldOf(failure, options));
  };

/** What the keys held that are gone, as far as somebody knew. */
const goneOf = (keys: readonly ObjectKey[], sizes: Sizes, refused: readonly DeleteError[]): StorageSize => {
  const kept = new Set<string>(refused.map(({ key }) => key));
  return [...new Set(keys)]
    .filter((key) => !kept.has(key))
    .map((key): StorageSize => {
      const bytes = sizes.get(key);
      return bytes === undefined ? NOTHING : { bytes, objects: 1 };
    })
    .reduce(sum, NOTHING);
};

const known = (
  objects: Objects,
  keys: readonly ObjectKey[],
  sizes: Sizes | undefined,
): ResultAsync<Sizes, never> => {
  const [only] = keys;
  if (sizes || only === undefined || keys.length > 1) return okAsync(sizes ?? new Map());
  return sizeUnder(objects, only).map((size) => new Map(size.objects > 0 ? [[only, size.bytes]] : []));
};

/**
 * The objects of a managed bucket, counted as they come and go and held to the quota of its project. A store that
 * does not tell what it freed is asked before single puts and deletions, and else believed to hold what was listed.
 */
export const bucketObjects = (deps: Deps, bucket: Bucket): Objects => {
  const { objects: store, metering } = deps;
  const objects = objectsIn(store, bucket.bucketName);
  return {
    ...objects,
    put: metered(deps, bucket, objects),
    deleteMany: (keys, sizes) => {
      const freed = told(NOTHING);
      const before = store.tellsFreed ? okAsync<Sizes, never>(new Map()) : known(objects, keys, sizes);
      return before.andThen((found) =>
        store.deleteMany(bucket.bucketName, keys, freed.tell).map((refused) => {
          const size = store.tellsFreed ? freed.size() : goneOf(keys, found, refused);
          metering.tally.note(meteredBucket(bucket), { freed: size });
          return refused;
        }),
      );
    },
  };
};
