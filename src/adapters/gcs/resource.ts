import { z } from 'zod';
import { instant } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Metadata, ObjectMeta } from '../../ports/storage/object-store.js';

/** What is asked of an object's resource; the rest of its 30 fields stays where it is. */
export const Resource = z.object({
  name: z.string(),
  size: z.string().regex(/^\d+$/),
  generation: z.string().regex(/^\d+$/),
  updated: z.iso.datetime({ offset: true }),
  contentType: z.string().optional(),
  contentEncoding: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
export type Resource = z.infer<typeof Resource>;
export const FIELDS = Object.keys(Resource.shape).join(',');

/** Of what is stored compressed, by whoever wrote it, these are the bytes that are asked for as they are. */
export const isCompressed = ({ contentEncoding }: Resource): boolean => contentEncoding === 'gzip';

const inLowerCase = (metadata: Metadata): Metadata =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));

/** What the service says of a body whose sender named no type; by RFC 9110 section 8.3 it means just that. */
export const UNTYPED = 'application/octet-stream';

/** The generation is the etag: every write makes a new one, and it is what conditions are judged by. */
export const metaOf = (resource: Resource): ObjectMeta => ({
  key: resource.name as ObjectKey,
  size: Number(resource.size),
  etag: resource.generation,
  modifiedAt: instant(Date.parse(resource.updated)),
  contentType: resource.contentType === UNTYPED ? undefined : resource.contentType,
  ...(resource.metadata && { metadata: inLowerCase(resource.metadata) }),
});

/** Generations are microseconds since 1970, so no object ever had this one; and 0 stands for no object. */
export const NEVER = '1';
const MOST = 2n ** 63n - 1n;

/** The generation that an etag of ours names; an etag that is none of ours names one that never was. */
export const generationOf = (etag: string): string =>
  /^[1-9]\d{0,18}$/.test(etag) && BigInt(etag) <= MOST ? etag : NEVER;
