import type { Result } from 'neverthrow';
import type { Prefix } from '../../domain/storage/object-key.js';
import type { BucketFailure, Listing } from '../../ports/storage/object-store.js';
import type { Objects } from './objects-in.js';

const PAGE = 1_000;

/** All that is below a prefix, or of it what comes after a key, a page at a time; ends after the last page, or the first that fails. */
export async function* pagesBelow(
  objects: Objects,
  prefix: Prefix,
  start?: string,
): AsyncGenerator<Result<Listing, BucketFailure>, void> {
  let after = start;
  do {
    const page = await objects.list({ prefix, after, limit: PAGE });
    yield page;
    after = page.isOk() ? page.value.next : undefined;
  } while (after !== undefined);
}
