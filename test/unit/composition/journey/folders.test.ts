import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemCrc32 } from '../../../../src/adapters/system/crc32.js';
import { archiveOf } from '../../../../src/application/storage/archive.js';
import { checkArchive } from '../../../../src/composition/journey/archive.js';
import { foldersOf, namedInArchive } from '../../../../src/composition/journey/folders.js';
import { instant } from '../../../../src/domain/shared/time.js';
import { archiveNames } from '../../../../src/domain/storage/archive-names.js';
import type { ObjectKey, Prefix } from '../../../../src/domain/storage/object-key.js';

const contents: Readonly<Record<string, string>> = {
  'a/one': 'first',
  'a/b/two': 'second, and streamed',
  'a/back\\slash': 'named otherwise in the archive',
  'a/zero': '',
  'other/three': 'elsewhere',
  alone: 'in no folder',
};
const printOf = (text: string) => ({
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});
const sent = new Map(Object.entries(contents).map(([key, text]) => [key, printOf(text)]));

const archive = async (folder: string): Promise<Buffer> => {
  const keys = Object.keys(contents).filter((key) => key.startsWith(`${folder}/`)) as ObjectKey[];
  const listed = keys.map((key) => ({ key, size: Buffer.byteLength(contents[key] ?? '') }));
  const members = archiveNames(`${folder}/` as Prefix, listed).map(({ name, object }) => ({
    ...object,
    name,
    etag: '',
    modifiedAt: instant(0),
    form: object.key.endsWith('two') ? ('streamed' as const) : ('whole' as const),
  }));
  const bytesOf = async ({ key }: { key: ObjectKey }) => Buffer.from(contents[key] ?? '');
  const pieces: Uint8Array[] = [];
  const streamed = async (member: { key: ObjectKey }) =>
    (async function* () {
      yield await bytesOf(member);
    })();
  for await (const piece of archiveOf(members, { whole: bytesOf, streamed }, systemCrc32)) pieces.push(piece);
  return Buffer.concat(pieces);
};

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const [first] = foldersOf(sent);
const expected = namedInArchive(first ?? { key: '', size: 0, files: new Map() });

describe('an archive against what was sent', () => {
  it('is asked for once for each folder at the top', () => {
    expect(foldersOf(sent).map(({ key, files, size }) => [key, files.size, size])).toEqual([
      ['a', 4, 55],
      ['other', 1, 9],
    ]);
    expect([...expected.keys()].sort()).toEqual(['b/two', 'back_slash', 'one', 'zero']);
  });

  it('is the same, in whatever pieces it comes', async () => {
    for (const size of [1, 7, 64, 100_000])
      expect((await checkArchive(inPieces(await archive('a'), size), expected))._unsafeUnwrap()).toBe(4);
  });

  it('differs by a bit that was changed in any file', async () => {
    const whole = await archive('a');
    for (const word of ['first', 'streamed', 'otherwise']) {
      const copy = Buffer.from(whole);
      copy[copy.indexOf(word)] = 0;
      expect((await checkArchive(inPieces(copy, 50), expected))._unsafeUnwrapErr()).toMatch(/other bytes/);
    }
  });

  it('differs by a file that is missing, strange, or cut off', async () => {
    const whole = await archive('a');
    const more = new Map([...expected, ['more', printOf('x')]]);
    const fewer = new Map([...expected].slice(1));
    const check = async (bytes: Buffer, files: typeof expected) =>
      (await checkArchive(inPieces(bytes, 50), files))._unsafeUnwrapErr();
    expect(await check(whole, more)).toBe('it lacks "more"');
    expect(await check(whole, fewer)).toMatch(/which nobody sent/);
    expect(await check(whole.subarray(0, 60), expected)).toBe('the archive ends too early');
  });
});
