export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha256' | 'crc32' | 'crc32c';

/** A checksum over bytes as they pass; `digest` ends it and answers it in base64, as HTTP headers carry it. */
export type RunningChecksum = {
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: () => string;
};
export type Checksums = (algorithm: ChecksumAlgorithm) => RunningChecksum;
