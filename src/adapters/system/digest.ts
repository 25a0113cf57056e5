import { createHash } from 'node:crypto';
import type { Digest } from '../../ports/shared/digest.js';

/** In hexadecimal. */
export const systemDigest: Digest = { sha256: (text) => createHash('sha256').update(text).digest('hex') };
