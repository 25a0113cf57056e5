import { utf8Length } from '../shared/text.js';
import type { Instant } from '../shared/time.js';

/**
 * The records of a ZIP archive (PKWARE APPNOTE 6.3.10), stored without compression so that its length is
 * known before its first byte. ZIP64 appears only where a number does not fit: some readers, macOS' among
 * them, do not take it otherwise.
 */
export type ZipItem = {
  /** With `/` between segments; a directory's ends with one. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Instant;
  /** `whole`: the checksum is known before the bytes are sent; `streamed`: it follows them. */
  readonly form: 'directory' | 'whole' | 'streamed';
};

const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const PLAIN = 20;
const ZIP64 = 45;
const UTF8 = 1 << 11;
const CHECKSUM_FOLLOWS = 1 << 3;
/** Made on Unix: the upper half of the attributes is a file mode. */
const UNIX = 3 << 8;
const FILE_MODE = 0o100644 * 0x10000;
const DIRECTORY_MODE = 0o040755 * 0x10000 + 0x10;

const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const END_64 = 56;
const LOCATOR = 20;

/** The largest values of a field say that the true one is in the ZIP64 record. */
const isLarge = (value: number): boolean => value >= MAX_32;

type Field = readonly [bytes: 2 | 4 | 8, value: number];
const u16 = (value: number): Field => [2, value];
const u32 = (value: number): Field => [4, value];
const u64 = (value: number): Field => [8, value];

const encoder = new TextEncoder();

/** Fields one after the other, little-endian, then the text. */
const record = (fields: readonly Field[], name = '', extra: readonly Field[] = []): Uint8Array => {
  const text = encoder.encode(name);
  const width = (all: readonly Field[]): number => all.reduce((sum, [bytes]) => sum + bytes, 0);
  const out = new Uint8Array(width(fields) + text.length + width(extra));
  const view = new DataView(out.buffer);
  const write = (all: readonly Field[], from: number): void => {
    let at = from;
    for (const [bytes, value] of all) {
      if (bytes === 2) view.setUint16(at, value, true);
      else if (bytes === 4) view.setUint32(at, value, true);
      else view.setBigUint64(at, BigInt(value), true);
      at += bytes;
    }
  };
  write(fields, 0);
  out.set(text, width(fields));
  write(extra, width(fields) + text.length);
  return out;
};

const FIRST_YEAR = 1980;
const LAST_YEAR = 2107;

/** Two-second steps, UTC; the format has no time zone and no years before 1980. */
const dosTime = (at: Instant): readonly [time: number, date: number] => {
  const t = new Date(at);
  const year = t.getUTCFullYear();
  if (year < FIRST_YEAR) return [0, (1 << 5) | 1];
  if (year > LAST_YEAR)
    return [(23 << 11) | (59 << 5) | 29, ((LAST_YEAR - FIRST_YEAR) << 9) | (12 << 5) | 31];
  return [
    (t.getUTCHours() << 11) | (t.getUTCMinutes() << 5) | (t.getUTCSeconds() >> 1),
    ((year - FIRST_YEAR) << 9) | ((t.getUTCMonth() + 1) << 5) | t.getUTCDate(),
  ];
};

const zip64Extra = (values: readonly number[]): readonly Field[] =>
  values.length === 0 ? [] : [u16(1), u16(values.length * 8), ...values.map(u64)];
const zip64Length = (values: number): number => (values === 0 ? 0 : 4 + 8 * values);

/** What local and central header have in common; `size` is what the size fields hold. */
const common = (item: ZipItem, version: number, crc: number, size: number, extra: number) => {
  const [time, date] = dosTime(item.modifiedAt);
  return [
    u16(version),
    u16(UTF8 | (item.form === 'streamed' ? CHECKSUM_FOLLOWS : 0)),
    u16(0),
    u16(time),
    u16(date),
    u32(crc),
    u32(size),
    u32(size),
    u16(utf8Length(item.name)),
    u16(extra),
  ] as const;
};

/** Before an item's bytes. Of a streamed one it holds neither checksum nor sizes: they follow. */
export const localHeader = (item: ZipItem, crc: number): Uint8Array => {
  const large = isLarge(item.size);
  const follows = item.form === 'streamed';
  const known = follows ? 0 : item.size;
  const extra = zip64Extra(large ? [known, known] : []);
  const fields = common(
    item,
    large ? ZIP64 : PLAIN,
    follows ? 0 : crc,
    large ? MAX_32 : known,
    zip64Length(large ? 2 : 0),
  );
  return record([u32(0x04034b50), ...fields], item.name, extra);
};

/** After a streamed item's bytes; nothing after the others. */
export const dataDescriptor = ({ size, form }: ZipItem, crc: number): Uint8Array => {
  const field = isLarge(size) ? u64 : u32;
  return record(form === 'streamed' ? [u32(0x08074b50), u32(crc), field(size), field(size)] : []);
};

const centralExtras = (size: number, offset: number): readonly number[] => [
  ...(isLarge(size) ? [size, size] : []),
  ...(isLarge(offset) ? [offset] : []),
];

/** An item's line in the directory at the end; `offset` is where its local header begins. */
export const centralHeader = (item: ZipItem, crc: number, offset: number): Uint8Array => {
  const large = centralExtras(item.size, offset);
  const size = isLarge(item.size) ? MAX_32 : item.size;
  const version = large.length > 0 ? ZIP64 : PLAIN;
  const fields: readonly Field[] = [
    u32(0x02014b50),
    u16(UNIX | version),
    ...common(item, version, crc, size, zip64Length(large.length)),
    u16(0),
    u16(0),
    u16(0),
    u32(item.form === 'directory' ? DIRECTORY_MODE : FILE_MODE),
    u32(Math.min(offset, MAX_32)),
  ];
  return record(fields, item.name, zip64Extra(large));
};

/** Where the directory is: `count` lines, `size` bytes from `offset` on. */
export type Directory = { readonly count: number; readonly size: number; readonly offset: number };

const needsZip64 = ({ count, size, offset }: Directory): boolean =>
  count >= MAX_16 || isLarge(size) || isLarge(offset);

/** The last bytes of an archive. */
export const endOfArchive = (directory: Directory): Uint8Array => {
  const { count, size, offset } = directory;
  const short = Math.min(count, MAX_16);
  const end = [
    ...[u32(0x06054b50), u16(0), u16(0), u16(short), u16(short)],
    ...[u32(Math.min(size, MAX_32)), u32(Math.min(offset, MAX_32)), u16(0)],
  ];
  if (!needsZip64(directory)) return record(end);
  return record([
    ...[u32(0x06064b50), u64(END_64 - 12), u16(UNIX | ZIP64), u16(ZIP64), u32(0), u32(0)],
    ...[u64(count), u64(count), u64(size), u64(offset)],
    ...[u32(0x07064b50), u32(0), u64(offset + size), u32(1)],
    ...end,
  ]);
};

/** Bytes from an item's local header to the next one's. */
export const itemLength = ({ name, size, form }: ZipItem): number => {
  const large = isLarge(size);
  const descriptor = form === 'streamed' ? (large ? 24 : 16) : 0;
  return LOCAL + utf8Length(name) + zip64Length(large ? 2 : 0) + size + descriptor;
};

/** Bytes of the whole archive, from what is known before any of it is written. */
export const archiveLength = (items: readonly ZipItem[]): number => {
  let [offset, size] = [0, 0];
  for (const item of items) {
    size += CENTRAL + utf8Length(item.name) + zip64Length(centralExtras(item.size, offset).length);
    offset += itemLength(item);
  }
  const large = needsZip64({ count: items.length, size, offset });
  return offset + size + END + (large ? END_64 + LOCATOR : 0);
};
