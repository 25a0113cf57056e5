import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc64nvme } from '../../../../../src/adapters/http/s3/payload/crc64nvme.js';

const of = (...pieces: readonly Uint8Array[]): string => {
  const sum = crc64nvme();
  for (const piece of pieces) sum.update(piece);
  return sum.digest();
};
const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

/** Bit by bit over whole numbers, straight from the definition. */
const slowly = (bytes: Uint8Array): string => {
  const ones = (1n << 64n) - 1n;
  let sum = ones;
  for (const byte of bytes) {
    sum ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1n ? (sum >> 1n) ^ 0x9a6c9329ac4bc9b5n : sum >> 1n;
  }
  return (sum ^ ones).toString(16).padStart(16, '0');
};

describe('CRC-64/NVME', () => {
  it('has the published check value', () => {
    expect(hex(of(Buffer.from('123456789')))).toBe('ae8b14860a799888');
  });

  it('is that of the definition, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        expect(hex(of(bytes.subarray(0, at), bytes.subarray(at)))).toBe(slowly(bytes));
      }),
    );
  });
});
