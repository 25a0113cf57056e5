import { crc32 } from 'node:zlib';
import type { Crc32 } from '../../ports/shared/crc32.js';

/** zlib's, which uses what the processor offers. */
export const systemCrc32: Crc32 = (bytes, before = 0) => crc32(bytes, before);
