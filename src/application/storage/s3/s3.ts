import type { ResultAsync } from 'neverthrow';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { MultipartUploads } from '../../../ports/storage/multipart.js';
import { visitorRefused } from '../../shared/refused.js';
import type { StorageDeps } from '../deps.js';
import { copyObject } from './copy-object.js';
import { deleteObject, deleteObjects } from './delete-objects.js';
import { listKeys } from './list-objects.js';
import { multipart } from './multipart.js';
import { openByKey } from './open-by-key.js';
import { getObject, headObject } from './read-object.js';
import { putObject, readDocument } from './write-object.js';

/** What clients of S3 may do with the bucket that their key opens. */
export const s3 = (deps: StorageDeps, uploads: MultipartUploads) => ({
  openByKey: openByKey(deps),
  getObject: getObject(deps),
  headObject: headObject(deps),
  putObject: putObject(deps),
  copyObject: copyObject(deps),
  deleteObject: deleteObject(deps),
  deleteObjects: deleteObjects(deps),
  listKeys: listKeys(deps),
  readDocument: readDocument(deps),
  ...multipart(deps, uploads),
  /** For all of a request: what a limit refuses to it is on record. */
  refusalsOnRecord: <T, E extends { readonly kind: string }>(
    { accountId }: Bucket,
    visit: Visit,
    work: ResultAsync<T, E>,
  ) => visitorRefused(deps.storage, visit, accountId, work),
});
export type S3 = ReturnType<typeof s3>;
