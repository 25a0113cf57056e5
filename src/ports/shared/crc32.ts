/** The checksum of ZIP and PNG (ISO 3309) over bytes, going on from the one of those `before` them. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;
