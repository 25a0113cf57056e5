import * as z from 'zod';
import type { Downloaded } from '../../../application/storage/objects.js';
import { nameOf } from '../../../domain/storage/object-key.js';
import { entityTags, rangeOf } from './conditional.js';
import type { Outgoing } from './reply.js';

/** What a browser says when it goes on with a download that broke off, or asks whether its copy is current. */
export const RESUME_HEADERS = {
  range: z.string().optional(),
  'if-range': z.string().optional(),
  'if-none-match': z.string().optional(),
} as const;
type Resuming = { readonly [Name in keyof typeof RESUME_HEADERS]?: string | undefined };

/** What these headers ask for. */
export const resumeTerms = ({ range, 'if-range': ifRange, 'if-none-match': ifNoneMatch }: Resuming) => ({
  range: rangeOf(range),
  ifRange: ifRange === undefined ? undefined : (entityTags(ifRange)[0] ?? ''),
  ifNoneMatch: ifNoneMatch === undefined ? undefined : entityTags(ifNoneMatch),
});

/** What was found, on its way to the client. */
export const sent = (downloaded: Downloaded): Outgoing | { readonly notModified: string } => {
  if ('notModified' in downloaded) return { notModified: downloaded.notModified.etag };
  if ('archive' in downloaded) {
    const { body: bytes, ...archive } = downloaded.archive;
    return { bytes, ...archive };
  }
  const { meta, from, to, body: bytes, close } = downloaded.stored;
  const length = to - from + 1;
  return {
    bytes,
    close,
    length,
    part: length < meta.size ? { from, to, size: meta.size } : undefined,
    version: { etag: meta.etag, modifiedAt: meta.modifiedAt },
    fileName: nameOf(meta.key),
  };
};
