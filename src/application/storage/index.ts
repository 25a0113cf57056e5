import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { PageRequest } from '../../domain/shared/page.js';
import { atLeast, type Member } from '../../domain/shared/principal.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import {
  type BucketWithSecret,
  createBucket,
  PROVISION_JOB,
  provisionBucket,
  secretPlace,
} from './create-bucket.js';
import { deleteBucket, EMPTY_JOB, emptyBucket } from './delete-bucket.js';
import { FOLDER_JOB, finishFolder } from './delete-folder.js';
import type { StorageDeps } from './deps.js';
import { deleteObject, downloadObject, listObjects, uploadObject } from './objects.js';

/** The storage context: buckets, and the objects in them. */
export const storage = (deps: StorageDeps) => ({
  createBucket: createBucket(deps),
  deleteBucket: deleteBucket(deps),
  getBucket: getBucket(deps),
  listBuckets: (member: Member, page: PageRequest<string>) => deps.readers.bucketsOf(member.accountId, page),
  listObjects: listObjects(deps),
  uploadObject: uploadObject(deps),
  downloadObject: downloadObject(deps),
  deleteObject: deleteObject(deps),
  regions: (): readonly string[] => deps.settings.regions,
  jobs: {
    [PROVISION_JOB]: provisionBucket(deps),
    [EMPTY_JOB]: emptyBucket(deps),
    [FOLDER_JOB]: finishFolder(deps),
  },
});
export type Storage = ReturnType<typeof storage>;

/** With its secret key for those who may hand it on: admins and owners. */
const getBucket =
  ({ readers, accountKeys, sealer }: StorageDeps) =>
  (id: string, member: Member): ResultAsync<BucketWithSecret, NotFound | Unavailable> =>
    safeTry(async function* () {
      const { bucket, secret } = yield* readers.bucket(member.accountId, id);
      if (!atLeast(member.role, 'admin')) return okAsync<BucketWithSecret>({ bucket });
      const dataKey = yield* accountKeys.get(member.accountId);
      return ok<BucketWithSecret>({
        bucket,
        secret: sealer.open(dataKey, member.accountId, secretPlace(bucket.id), secret),
      });
    });
