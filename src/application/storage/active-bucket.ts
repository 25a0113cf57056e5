import { err, ok, okAsync, type ResultAsync } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import type { Bucket } from '../../domain/storage/bucket.js';
import type { Standing } from '../../domain/storage/kept-bucket.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { StorageDeps } from './deps.js';

/** The bucket is there but not in a state in which it can be used. */
export type BucketNotActive = { readonly kind: 'bucket_not_active'; readonly status: Bucket['status'] };

/** Whose containers they are: whoever asks has been let in, and may have been seen at the very bucket. */
export type Insider = Pick<Member, 'accountId' | 'resource'> & {
  /** Absent: somebody who holds a link, or a job. */
  readonly role?: Standing | undefined;
};

/**
 * The account's bucket, if its objects can be worked on. One that was seen in another state is looked at anew: who let
 * the caller in may have remembered it.
 */
export const activeBucket = (
  { readers }: StorageDeps,
  { accountId, resource }: Insider,
  id: string,
): ResultAsync<Bucket, NotFound | BucketNotActive | Unavailable> => {
  const seen = readers.bucketIn(resource);
  if (seen?.id === id && seen.accountId === accountId && seen.status === 'active') return okAsync(seen);
  return readers
    .bucket(accountId, id)
    .andThen(({ bucket }) =>
      bucket.status === 'active'
        ? ok(bucket)
        : err({ kind: 'bucket_not_active' as const, status: bucket.status }),
    );
};
