import { err, type Result, safeTry } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type ObjectKey, objectKey, prefix as prefixOf } from '../../../domain/storage/object-key.js';
import type { MultipartUploads, UploadMissing } from '../../../ports/storage/multipart.js';
import type { Metadata } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { meteredUploads } from '../metering/bucket-uploads.js';
import { objectsIn } from '../objects-in.js';
import { lengthOf, openSource, type Source, through } from './copy-object.js';
import { keepVerified, type SentBody } from './write-object.js';

/** An upload as its sender names it. */
export type UploadName = { readonly key: string; readonly upload: string };
export type PartName = UploadName & { readonly number: number };
/** What the finished object must be, in the end, for it to be made. */
export type Completion = UploadName & {
  readonly parts: readonly { readonly number: number; readonly etag: string }[];
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: '*' | undefined;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MISSING: UploadMissing = { kind: 'upload_missing' };

/** A name that no upload can have names none. */
const named = ({ key, upload }: UploadName): Result<ObjectKey, UploadMissing> =>
  UUID.test(upload) ? objectKey(key).mapErr(() => MISSING) : err(MISSING);

/** Objects that arrive in parts, within the bucket that a key opens. */
export const multipart = (deps: StorageDeps, uploads: MultipartUploads) => {
  const metered = meteredUploads(deps, uploads);
  return {
    createUpload: (
      { bucketName }: Bucket,
      { key, ...dress }: { key: string; contentType: string | undefined; metadata: Metadata | undefined },
    ) => objectKey(key).asyncAndThen((checked) => uploads.begin(bucketName, checked, dress)),
    putPart: <F>(bucket: Bucket, name: PartName, body: SentBody<F>) =>
      named(name).asyncAndThen((key) => {
        const { length, signal } = body;
        const options = { length, signal, maxBytes: deps.settings.maxObjectBytes };
        return keepVerified(deps, body, (bytes) => metered.putPart(bucket, key, name, bytes, options));
      }),
    copyPart: (bucket: Bucket, name: PartName, source: Source, signal: AbortSignal) =>
      safeTry(async function* () {
        const key = yield* named(name);
        const opened = yield* openSource(objectsIn(deps.objects, bucket.bucketName), source);
        const options = { length: lengthOf(opened), maxBytes: deps.settings.maxObjectBytes, signal };
        return through(opened, ({ body }) => metered.putPart(bucket, key, name, body, options));
      }),
    listParts: ({ bucketName }: Bucket, name: UploadName, page: { after: number; limit: number }) =>
      named(name).asyncAndThen((key) => uploads.parts(bucketName, key, name.upload, page)),
    listUploads: (
      { bucketName }: Bucket,
      { prefix, ...page }: { prefix: string; after?: { key: string; id: string } | undefined; limit: number },
    ) =>
      prefixOf(prefix).asyncAndThen((checked) => uploads.uploads(bucketName, { ...page, prefix: checked })),
    completeUpload: (bucket: Bucket, { parts, ifMatch, ifNoneMatch, ...name }: Completion) =>
      named(name).asyncAndThen((key) => {
        const options = { maxBytes: deps.settings.maxObjectBytes, ifMatch, ifNoneMatch };
        return metered.complete(bucket, key, { upload: name.upload, parts }, options);
      }),
    abortUpload: ({ bucketName }: Bucket, name: UploadName) =>
      named(name).asyncAndThen((key) => uploads.abort(bucketName, key, name.upload)),
  };
};
