/** One member of an archive, as its directory tells of it. */
export type ZipEntry = {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  readonly flags: number;
  readonly offset: number;
  readonly modified: string;
  readonly mode: number;
  readonly bytes: Buffer;
};
export type ZipFile = { readonly entries: readonly ZipEntry[]; readonly zip64: boolean };

const LARGE = 0xffffffff;

const need = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not a ZIP archive: ${what}`);
};

/** The 8-byte values of the ZIP64 extra field, in their order. */
const zip64Values = (extra: Buffer): bigint[] => {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const length = extra.readUInt16LE(at + 2);
    return Array.from({ length: length / 8 }, (_, n) => extra.readBigUInt64LE(at + 4 + 8 * n));
  }
  return [];
};

/** A central directory line that begins at `at`, and where the next one does. */
export const centralLine = (zip: Buffer, at: number) => {
  need(zip.readUInt32LE(at) === 0x02014b50, `no directory line at ${at}`);
  const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
  const extra = zip.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
  const large = zip64Values(extra);
  const full = (short: number): number => (short === LARGE ? Number(large.shift()) : short);
  const size = full(zip.readUInt32LE(at + 24));
  const stored = full(zip.readUInt32LE(at + 20));
  const offset = full(zip.readUInt32LE(at + 42));
  need(size === stored && zip.readUInt16LE(at + 10) === 0, 'a member is not stored as it is');
  const [time, date] = [zip.readUInt16LE(at + 12), zip.readUInt16LE(at + 14)];
  const modified = new Date(
    Date.UTC(
      1980 + (date >> 9),
      ((date >> 5) & 15) - 1,
      date & 31,
      time >> 11,
      (time >> 5) & 63,
      (time & 31) * 2,
    ),
  ).toISOString();
  return {
    name: zip.subarray(at + 46, at + 46 + nameLength).toString('utf8'),
    size,
    crc: zip.readUInt32LE(at + 16),
    flags: zip.readUInt16LE(at + 8),
    mode: zip.readUInt32LE(at + 38) >>> 16,
    version: zip.readUInt16LE(at + 6),
    offset,
    modified,
    next: at + 46 + nameLength + extraLength,
  };
};

/** Where the directory is, by the records at the end of an archive. */
export const endOf = (zip: Buffer) => {
  const end = zip.length - 22;
  need(zip.readUInt32LE(end) === 0x06054b50, 'no end record');
  const zip64 = end >= 20 && zip.readUInt32LE(end - 20) === 0x07064b50;
  if (!zip64)
    return {
      zip64,
      count: zip.readUInt16LE(end + 10),
      size: zip.readUInt32LE(end + 12),
      offset: zip.readUInt32LE(end + 16),
      begins: end,
    };
  const at = end - 20 - 56;
  need(zip.readUInt32LE(at) === 0x06064b50, 'no ZIP64 end record');
  return {
    zip64,
    count: Number(zip.readBigUInt64LE(at + 32)),
    size: Number(zip.readBigUInt64LE(at + 40)),
    offset: Number(zip.readBigUInt64LE(at + 48)),
    begins: at,
    locator: Number(zip.readBigUInt64LE(end - 20 + 8)),
  };
};

/** Reads an archive by its directory and checks that local headers and descriptors agree; independent of the encoder. */
export const readZip = (zip: Buffer): ZipFile => {
  const { zip64, count, size, offset, begins } = endOf(zip);
  need(offset + size === begins, 'the directory is not where the end says');
  const entries: ZipEntry[] = [];
  let [at, expected] = [offset, 0];
  while (entries.length < count) {
    const line = centralLine(zip, at);
    at = line.next;
    need(line.offset === expected, `${line.name} is not where the member before it ends`);
    need(zip.readUInt32LE(line.offset) === 0x04034b50, `no local header of ${line.name}`);
    const [nameLength, extraLength] = [
      zip.readUInt16LE(line.offset + 26),
      zip.readUInt16LE(line.offset + 28),
    ];
    const begin = line.offset + 30 + nameLength + extraLength;
    need(
      zip.subarray(line.offset + 30, line.offset + 30 + nameLength).toString() === line.name,
      `local header of ${line.name}`,
    );
    need(zip.readUInt16LE(line.offset + 6) === line.flags, `flags of ${line.name}`);
    expected = begin + line.size;
    if (line.flags & 8) {
      need(zip.readUInt32LE(expected) === 0x08074b50, `no descriptor of ${line.name}`);
      need(zip.readUInt32LE(expected + 4) === line.crc, `checksum in the descriptor of ${line.name}`);
      need(zip.readUInt32LE(expected + 8) === line.size, `size in the descriptor of ${line.name}`);
      expected += 16;
    } else {
      need(zip.readUInt32LE(line.offset + 14) === line.crc, `checksum in the local header of ${line.name}`);
      need(zip.readUInt32LE(line.offset + 18) === line.size, `size in the local header of ${line.name}`);
    }
    entries.push({ ...line, bytes: zip.subarray(begin, begin + line.size) });
  }
  need(at === begins && expected === offset, 'bytes that nobody names');
  return { entries, zip64 };
};
