import { type Instant, SECOND } from '../../../domain/shared/time.js';
import type { ObjectMeta } from '../../../ports/storage/object-store.js';

/** What a reader knows of the object already (RFC 9110 section 13.1). `*` among the etags matches any. */
export type Conditions = {
  readonly ifMatch?: readonly string[] | undefined;
  readonly ifNoneMatch?: readonly string[] | undefined;
  readonly ifModifiedSince?: Instant | undefined;
  readonly ifUnmodifiedSince?: Instant | undefined;
};

const matches = (etags: readonly string[], { etag }: ObjectMeta): boolean =>
  etags.some((known) => known === '*' || known === etag);

/** Whether it was written after `at`; undefined where nothing was said. Dates in HTTP have whole seconds. */
const isLater = ({ modifiedAt }: ObjectMeta, at: Instant | undefined): boolean | undefined =>
  at === undefined ? undefined : Math.floor(modifiedAt / SECOND) > Math.floor(at / SECOND);

/** In the order of RFC 9110 section 13.2.2: an etag speaks for itself, and a date only without one. */
export const judged = (
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions,
  meta: ObjectMeta,
): 'holds' | 'failed' | 'not_modified' => {
  if (ifMatch ? !matches(ifMatch, meta) : isLater(meta, ifUnmodifiedSince) === true) return 'failed';
  if (ifNoneMatch ? matches(ifNoneMatch, meta) : isLater(meta, ifModifiedSince) === false)
    return 'not_modified';
  return 'holds';
};
