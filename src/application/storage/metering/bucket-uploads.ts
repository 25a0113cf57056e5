import { errAsync, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import { NOTHING, type StorageSize } from '../../../domain/storage/storage-size.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { MultipartUploads, PartOptions, UploadMissing } from '../../../ports/storage/multipart.js';
import type { Bytes } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { objectsIn } from '../objects-in.js';
import { ending } from './allowance.js';
import { claimOver, meteredBucket } from './bucket-objects.js';

const PAGE = 1_000;
/** As many buckets of one project are looked at for parts that lie in them. */
const BUCKETS = 1_000;
const TRIES = 3;

const bytesOf = (bytes: number): StorageSize => ({ ...NOTHING, bytes });

type Named = { readonly upload: string; readonly parts: Parameters<MultipartUploads['complete']>[3] };

/** What the named parts come to. An upload that is over takes no room; whether that is fine, the store knows. */
const sizeOf = (
  uploads: MultipartUploads,
  bucket: string,
  key: ObjectKey,
  { upload, parts }: Named,
): ResultAsync<number, Unavailable> => {
  const wanted = new Set(parts.map(({ number }) => number));
  const from = (after: number): ResultAsync<number, UploadMissing | Unavailable> =>
    uploads.parts(bucket, key, upload, { after, limit: PAGE }).andThen((page) => {
      const bytes = page.parts
        .filter(({ number }) => wanted.has(number))
        .reduce((sum, { size }) => sum + size, 0);
      return page.next === undefined ? okAsync(bytes) : from(page.next).map((more) => bytes + more);
    });
  return from(0).orElse((failure) => (failure.kind === 'unavailable' ? errAsync(failure) : okAsync(0)));
};

/** Uploads in parts, held to the quota and counted once they are objects. Until then their parts take up room. */
export const meteredUploads = (deps: StorageDeps, uploads: MultipartUploads) => {
  const { tally } = deps.metering;
  let landed = 0;

  const open = (account: AccountId): ResultAsync<number, Unavailable> =>
    deps.readers
      .bucketsOf(account, { size: BUCKETS })
      .andThen(({ items }) => uploads.openBytes(items.map(({ bucketName }) => bucketName)));
  /** Asked again when a part landed meanwhile: nobody can tell whether it is among them. */
  const asked = async (account: AccountId): Promise<Result<number, Unavailable>> => {
    for (let tries = 1; ; tries += 1) {
      const before = landed;
      const bytes = await open(account);
      if (bytes.isErr() || before === landed || tries === TRIES) return bytes;
    }
  };
  const lying = (account: AccountId) => new ResultAsync(asked(account));
  const claimFor = ({ accountId, bucketName }: Bucket, key: ObjectKey) =>
    claimOver(deps, accountId, objectsIn(deps.objects, bucketName), key);

  return {
    putPart: (
      bucket: Bucket,
      key: ObjectKey,
      { upload, number }: { readonly upload: string; readonly number: number },
      bytes: Bytes,
      options: PartOptions & { readonly length: number },
    ) => {
      const { claim } = claimFor(bucket, key);
      return ending(
        claim,
        lying(bucket.accountId)
          .andThen((beside) => claim.take(bytesOf(options.length), bytesOf(beside)))
          .andThen(() => uploads.putPart(bucket.bucketName, key, upload, number, bytes, options)),
        () => {
          landed += 1;
        },
      );
    },
    complete: (
      bucket: Bucket,
      key: ObjectKey,
      named: Named,
      options: Parameters<MultipartUploads['complete']>[4],
    ) => {
      const { claim, conditions, told } = claimFor(bucket, key);
      let freed: StorageSize | undefined;
      const tell = (size: StorageSize): void => {
        freed = size;
      };
      return ending(
        claim,
        sizeOf(uploads, bucket.bucketName, key, named)
          .andThen((bytes) =>
            lying(bucket.accountId).andThen((all) =>
              claim.take({ bytes, objects: 1 }, bytesOf(Math.max(0, all - bytes))),
            ),
          )
          .andThen(() =>
            uploads.complete(bucket.bucketName, key, named.upload, named.parts, {
              ...options,
              ...conditions(options),
              freed: tell,
            }),
          ),
        ({ size }) => {
          if (freed) tally.note(meteredBucket(bucket), { added: { bytes: size, objects: 1 }, freed });
        },
      ).mapErr((failure) => told(failure, options));
    },
  };
};
