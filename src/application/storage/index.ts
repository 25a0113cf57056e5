import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { PageRequest } from '../../domain/shared/page.js';
import { atLeast, type Member } from '../../domain/shared/principal.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import { memberRefused } from '../shared/refused.js';
import { accessFor } from './access-for.js';
import { createConnection } from './connections/create-connection.js';
import { deleteConnection } from './connections/delete-connection.js';
import { finishVerification, VERIFY_JOB, verifyConnection } from './connections/verify-connection.js';
import {
  type BucketWithSecret,
  createBucket,
  PROVISION_JOB,
  provisionBucket,
  secretPlace,
} from './create-bucket.js';
import { deleteBucket, EMPTY_JOB, emptyBucket } from './delete-bucket.js';
import type { StorageDeps } from './deps.js';
import { FOLDER_JOB, finishFolder } from './finish-folder.js';
import { keep } from './keep.js';
import { downloadByLink, presignObject, revokeLinks, uploadByLink } from './links.js';
import { countBuckets } from './metering/count-buckets.js';
import { deleteObject, downloadObject, listObjects, type Upload, uploadObject } from './objects.js';
import { reachable } from './reach.js';
import { reapUploads } from './reap-uploads.js';
import { s3 } from './s3/s3.js';
import { storeOf } from './store-of.js';

/** The storage context: buckets, connections to buckets of others, and the objects in both. */
export const storage = (deps: StorageDeps) => ({
  createBucket: createBucket(deps),
  deleteBucket: deleteBucket(deps),
  getBucket: getBucket(deps),
  listBuckets: (member: Member, page: PageRequest<string>) => deps.readers.bucketsOf(member.accountId, page),
  createConnection: createConnection(deps),
  deleteConnection: deleteConnection(deps),
  verifyConnection: verifyConnection(deps),
  getConnection: (id: string, member: Member) =>
    deps.readers.connection(member.accountId, id).map(({ connection }) => connection),
  listConnections: (member: Member, page: PageRequest<string>) =>
    deps.readers.connectionsOf(member.accountId, page),
  listObjects: listObjects(deps),
  uploadObject: (upload: Upload, member: Member) =>
    memberRefused(deps.storage, member, uploadObject(deps)(upload, member)),
  downloadObject: downloadObject(deps),
  deleteObject: deleteObject(deps),
  presignObject: presignObject(deps),
  revokeLinks: revokeLinks(deps),
  downloadByLink: downloadByLink(deps),
  uploadByLink: uploadByLink(deps),
  regions: (): readonly string[] => deps.settings.regions,
  reachable: reachable(deps.settings.reach),
  keep: keep(deps),
  /** For whoever serves the objects as something else; what it answers goes into no reply and no log. */
  accessFor: accessFor(deps),
  reapUploads: reapUploads({ ...deps, storeOf: storeOf(deps) }),
  countBuckets: countBuckets(deps),
  /** For clients of S3, where the store itself does not answer them. */
  s3: deps.uploads && s3(deps, deps.uploads),
  jobs: {
    [PROVISION_JOB]: provisionBucket(deps),
    [EMPTY_JOB]: emptyBucket(deps),
    [FOLDER_JOB]: finishFolder(deps),
    [VERIFY_JOB]: finishVerification(deps),
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
