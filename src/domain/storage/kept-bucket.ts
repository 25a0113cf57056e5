import { err, ok, type Result } from 'neverthrow';
import { atLeast, type Role } from '../shared/principal.js';
import type { Bucket } from './bucket.js';

/** The bucket of a project that its review packs lie in. */
export const PACK_BUCKET = 'review-packs';

const KEPT: readonly string[] = [PACK_BUCKET];

/**
 * True of a bucket that holds what the platform itself writes for a project. It is one of the project's buckets, and
 * counts as one; but nobody makes one of this name, or writes there, or has keys to it.
 */
export const isKept = ({ name }: Pick<Bucket, 'name'>): boolean => KEPT.includes(name);

/** What is about to be done with the objects of a bucket. */
export type Use = 'read' | 'write';

/** As whom: the server itself, or a member by their role. */
export type Standing = Role | 'platform';

/** What somebody would have to be, or to have. */
type Lacking = { readonly kind: 'forbidden'; readonly needs: string };

const lacks = (needs: string) => err<never, Lacking>({ kind: 'forbidden', needs });

/** Whether the objects of a bucket may be used so. No standing: somebody who holds no more than a link. */
export const mayUse = (
  bucket: Pick<Bucket, 'name'>,
  use: Use,
  standing: Standing | undefined,
): Result<void, Lacking> => {
  if (!isKept(bucket) || standing === 'platform') return ok(undefined);
  if (use === 'write' || standing === undefined)
    return lacks('the platform itself, which keeps this bucket: its admins may read it, and delete it whole');
  return atLeast(standing, 'admin') ? ok(undefined) : lacks('the role "admin"');
};
