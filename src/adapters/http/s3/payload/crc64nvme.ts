/** CRC-64/NVME, reflected: what aws-cli sends unless it is told otherwise. In halves, since bits here are 32 at a time. */
const POLYNOMIAL = { high: 0x9a6c9329, low: 0xac4bc9b5 };

const shifted = (high: number, low: number): readonly [number, number] => {
  const [h, l] = [high >>> 1, (low >>> 1) | ((high & 1) << 31)];
  return low & 1 ? [h ^ POLYNOMIAL.high, l ^ POLYNOMIAL.low] : [h, l];
};

const tables = (): { readonly high: Int32Array; readonly low: Int32Array } => {
  const [high, low] = [new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte += 1) {
    let [h, l]: readonly [number, number] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) [h, l] = shifted(h, l);
    high[byte] = h;
    low[byte] = l;
  }
  return { high, low };
};
let made: ReturnType<typeof tables> | undefined;

/** A running checksum; `digest` is in base64, as the header carries it. */
export const crc64nvme = () => {
  made ??= tables();
  const table = made;
  let [high, low] = [-1, -1];
  return {
    update: (bytes: Uint8Array): void => {
      let [h, l] = [high, low];
      for (const byte of bytes) {
        const index = (l ^ byte) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (table.low[index] ?? 0);
        h = (h >>> 8) ^ (table.high[index] ?? 0);
      }
      [high, low] = [h, l];
    },
    digest: (): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(~high);
      bytes.writeInt32BE(~low, 4);
      return bytes.toString('base64');
    },
  };
};

/** The same bytes; the last piece is handed on only when they come to what was said. */
export async function* heldToCrc64(
  source: AsyncIterable<Uint8Array>,
  expected: () => string | undefined,
  refuse: () => void,
): AsyncIterable<Uint8Array> {
  const sum = crc64nvme();
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    sum.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (expected() !== sum.digest()) {
    refuse();
    throw new Error('the crc64nvme of the body is another');
  }
  if (held) yield held;
}
