import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Incoming } from '../../../src/adapters/http/kit/route.js';
import { type FilesForm, readForm } from '../../../src/adapters/http/pages/kit/multipart.js';

const BOUNDARY = 'b0undary';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

const field = (name: string, value: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, content: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`;
const END = `--${BOUNDARY}--\r\n`;

/** A body that comes in pieces of so many bytes, and counts how many of them were taken. */
const incoming = (text: string | Iterable<string>, over: Partial<Incoming> = {}, piece = 7) => {
  const taken = { bytes: 0 };
  const pieces = function* () {
    for (const part of typeof text === 'string' ? [text] : text) {
      const bytes = Buffer.from(part);
      for (let at = 0; at < bytes.length; at += piece) {
        const next = bytes.subarray(at, at + piece);
        taken.bytes += next.length;
        yield next;
      }
    }
  };
  const bytes = Readable.from(pieces(), { objectMode: true, highWaterMark: 1 });
  const signal = new AbortController().signal;
  const body: Incoming = { bytes, length: undefined, contentType: TYPE, signal, ...over };
  return { body, taken };
};

const contentOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
const opened = async (text: string | Iterable<string>, over: Partial<Incoming> = {}): Promise<FilesForm> =>
  (await readForm(incoming(text, over).body))._unsafeUnwrap();
const nextOf = async (form: FilesForm) => (await form.nextFile())._unsafeUnwrap();
const reasonOf = async (text: string, over: Partial<Incoming> = {}): Promise<string> => {
  const form = await readForm(incoming(text, over).body);
  if (form.isErr()) return form.error.reason;
  for (;;) {
    const next = await form.value.nextFile();
    if (next.isErr()) return next.error.reason;
    if (!next.value) return 'whole';
    await contentOf(next.value.bytes);
  }
};

describe('a form with files', () => {
  it.each([1, 7, 64, 65_536])(
    'gives its fields first, then each file, in pieces of %i bytes',
    async (piece) => {
      const text =
        field('csrf', 'token') +
        field('folder', 'a/é') +
        file('one.txt', 'One\r\n--b0') +
        file('two', '') +
        END;
      const form = (await readForm(incoming(text, {}, piece).body))._unsafeUnwrap();
      expect(form.fields).toEqual({ csrf: 'token', folder: 'a/é' });
      const one = await nextOf(form);
      expect([one?.name, one?.contentType, one && (await contentOf(one.bytes))]).toEqual([
        'one.txt',
        'text/plain',
        'One\r\n--b0',
      ]);
      const two = await nextOf(form);
      expect([two?.name, two && (await contentOf(two.bytes))]).toEqual(['two', '']);
      expect(await nextOf(form)).toBeUndefined();
      form.close();
    },
  );

  it('takes the first of two fields of one name, and none that comes after a file', async () => {
    const form = await opened(
      field('csrf', 'first') + field('csrf', 'second') + file('x', 'x') + field('late', 'l') + END,
    );
    expect(form.fields).toEqual({ csrf: 'first' });
    const only = await nextOf(form);
    expect(only && (await contentOf(only.bytes))).toBe('x');
    expect(await nextOf(form)).toBeUndefined();
    expect(form.fields).toEqual({ csrf: 'first' });
  });

  it('has names as they were on the sender’s machine, without the way there', async () => {
    const names = ['a%22b', 'line%0D%0Abreak', 'dir/sub/name.txt', 'back\\slash', '日本', '%41'];
    const form = await opened(names.map((name) => file(name, 'x')).join('') + END);
    const seen: string[] = [];
    for (let next = await nextOf(form); next; next = await nextOf(form)) {
      seen.push(next.name);
      await contentOf(next.bytes);
    }
    expect(seen).toEqual(['a"b', 'line\r\nbreak', 'name.txt', 'back\\slash', '日本', '%41']);
  });

  it('is read no faster than its file is', async () => {
    const many = function* () {
      yield field('csrf', 't') +
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n`;
      for (let n = 0; n < 256; n += 1) yield 'x'.repeat(64 * 1024);
      yield `\r\n${END}`;
    };
    const { body, taken } = incoming(many(), {}, 64 * 1024);
    const form = (await readForm(body))._unsafeUnwrap();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken.bytes).toBeLessThan(1024 * 1024);
    const only = await nextOf(form);
    expect(only && (await contentOf(only.bytes)).length).toBe(16 * 1024 * 1024);
  });

  it('never passes off a part of a file as the whole', async () => {
    const whole = field('csrf', 't') + file('x', 'content') + END;
    let begun = 0;
    for (
      let cut = whole.indexOf('content');
      cut < whole.indexOf('content') + 'content\r\n--b0undary'.length;
      cut += 1
    ) {
      const form = await readForm(incoming(whole.slice(0, cut)).body);
      if (form.isErr()) continue;
      const next = await form.value.nextFile();
      if (next.isErr() || !next.value) continue;
      begun += 1;
      await expect(contentOf(next.value.bytes), `cut at ${cut}`).rejects.toThrow();
      expect((await form.value.nextFile()).isErr()).toBe(true);
    }
    // A boundary is known as one before its last hyphens are there: from then on the file is whole.
    expect(begun).toBeGreaterThan('content'.length);
    const gone = async function* () {
      yield Buffer.from(whole.slice(0, whole.indexOf('content') + 3));
      throw new Error('the sender left');
    };
    const form = await opened('', { bytes: gone() });
    const broken = await nextOf(form);
    await expect(broken && contentOf(broken.bytes)).rejects.toThrow();
  });

  it('is refused when it is none, is not whole, or has too much in it', async () => {
    expect(await reasonOf('', { contentType: undefined })).toContain('multipart/form-data');
    expect(await reasonOf('a=b', { contentType: 'application/x-www-form-urlencoded' })).toContain(
      'multipart/form-data',
    );
    expect(await reasonOf('', { contentType: 'multipart/form-data' })).toContain('multipart/form-data');
    expect(await reasonOf('', { contentType: 'multipart/form-data; charset=utf-8' })).toContain(
      'multipart/form-data',
    );
    expect(await reasonOf('')).toBe('The form is not whole.');
    expect(await reasonOf('no form at all')).toBe('The form is not whole.');
    expect(await reasonOf(field('a', 'x'))).toBe('The form is not whole.');
    expect(await reasonOf(field('a', 'x'.repeat(4_097)) + END)).toBe('A field is too long.');
    expect(await reasonOf(field('a', 'x').repeat(11) + END)).toBe('The form has too many fields.');
    expect(await reasonOf(file('x', '').repeat(1_001) + END)).toContain('at most 1000 files');
    expect(await reasonOf(field('a', 'x') + END)).toBe('whole');
  });

  it('lets go of a body that nobody wants to read any more', async () => {
    const endless = function* () {
      yield file('x', '').replace(/\r\n$/, '');
      for (;;) yield 'x'.repeat(1024);
    };
    const { body, taken } = incoming(endless(), {}, 1024);
    const form = (await readForm(body))._unsafeUnwrap();
    form.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const then = taken.bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken.bytes).toBe(then);
    expect((await form.nextFile()).isErr()).toBe(true);
  });
});
