import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c } from '@aws-crypto/crc32c';
import type { Checksums, RunningChecksum } from '../../ports/shared/checksums.js';

/** 32 bits, most significant byte first (RFC 9530 and S3 agree on that). */
const base64Of = (word: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(word >>> 0);
  return bytes.toString('base64');
};

const running = {
  crc32: (): RunningChecksum => {
    let sum = 0;
    return {
      update: (bytes) => {
        sum = crc32(bytes, sum);
      },
      digest: () => base64Of(sum),
    };
  },
  crc32c: (): RunningChecksum => {
    const sum = new Crc32c();
    return { update: (bytes) => void sum.update(bytes), digest: () => base64Of(sum.digest()) };
  },
};

/** Node's own digests, and CRC-32C, which it does not have. */
export const systemChecksums: Checksums = (algorithm) => {
  if (algorithm === 'crc32' || algorithm === 'crc32c') return running[algorithm]();
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
};
