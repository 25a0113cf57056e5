import type { Result } from 'neverthrow';
import type { Prefix } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing, Listing, ObjectStore } from '../../ports/storage/object-store.js';

const PAGE = 1_000;

/** All that is below a prefix, a page at a time; ends after the last page, or the first that fails. */
export async function* pagesBelow(
  objects: ObjectStore,
  bucket: string,
  prefix: Prefix,
): AsyncGenerator<Result<Listing, BucketMissing | Unavailable>, void> {
  let after: string | undefined;
  do {
    const page = await objects.list(bucket, { prefix, after, limit: PAGE });
    yield page;
    after = page.isOk() ? page.value.next : undefined;
  } while (after !== undefined);
}
