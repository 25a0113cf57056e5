import type { ObjectKey } from '../../domain/storage/object-key.js';
import {
  centralHeader,
  dataDescriptor,
  endOfArchive,
  itemLength,
  localHeader,
  type ZipItem,
} from '../../domain/storage/zip.js';
import type { Crc32 } from '../../ports/shared/crc32.js';
import type { Bytes } from '../../ports/storage/object-store.js';

/** What is to be archived under a name: this version of this object. */
export type Member = ZipItem & { readonly key: ObjectKey; readonly etag: string };

/** Where the bytes of an archive's members come from; both throw when a member is no longer as it was listed. */
export type Contents = {
  /** For small members, which are asked for in their order. */
  readonly whole: (member: Member) => Promise<Uint8Array>;
  readonly streamed: (member: Member) => Promise<Bytes>;
};

const NOTHING = new Uint8Array();

async function* membersOf(
  members: readonly Member[],
  contents: Contents,
  crc32: Crc32,
  crcs: Uint32Array,
): Bytes {
  for (const [index, member] of members.entries()) {
    if (member.form === 'streamed') {
      const body = await contents.streamed(member);
      yield localHeader(member, 0);
      let crc = 0;
      for await (const chunk of body) {
        crc = crc32(chunk, crc);
        yield chunk;
      }
      crcs[index] = crc;
      yield dataDescriptor(member, crc);
    } else {
      const bytes = member.form === 'whole' ? await contents.whole(member) : NOTHING;
      crcs[index] = crc32(bytes);
      yield localHeader(member, crcs[index]);
      yield bytes;
    }
  }
}

function* directoryOf(members: readonly Member[], crcs: Uint32Array): Iterable<Uint8Array> {
  let [offset, size] = [0, 0];
  for (const [index, member] of members.entries()) {
    const line = centralHeader(member, crcs[index] ?? 0, offset);
    offset += itemLength(member);
    size += line.length;
    yield line;
  }
  yield endOfArchive({ count: members.length, size, offset });
}

/** The bytes of an archive, in pieces as they come. */
export async function* archiveOf(members: readonly Member[], contents: Contents, crc32: Crc32): Bytes {
  const crcs = new Uint32Array(members.length);
  yield* membersOf(members, contents, crc32, crcs);
  yield* directoryOf(members, crcs);
}

const PIECE = 64 * 1024;

/** The same bytes in fewer pieces: what is small waits for what follows it. */
export async function* gathered(bytes: Bytes): Bytes {
  let buffer = new Uint8Array(PIECE);
  let filled = 0;
  for await (const chunk of bytes) {
    if (filled + chunk.length > PIECE && filled > 0) {
      yield buffer.subarray(0, filled);
      buffer = new Uint8Array(PIECE);
      filled = 0;
    }
    if (chunk.length >= PIECE) yield chunk;
    else {
      buffer.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
