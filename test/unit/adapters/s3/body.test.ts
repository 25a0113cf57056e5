import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../../src/adapters/s3/body.js';
import { piecesOf } from '../../../../src/adapters/s3/pieces.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
async function* body(...chunks: readonly string[]) {
  for (const chunk of chunks) yield bytes(chunk);
}
const MAX = { maxBytes: 100 };

describe('a body for a store that counts', () => {
  it('never has its last byte handed out when more follows', async () => {
    const source = sourceOf(body('abc', 'de', 'f'), { ...MAX, length: 5 });
    let came = '';
    const read = async () => {
      for await (const chunk of source.bytes) came += Buffer.from(chunk).toString();
    };
    await expect(read()).rejects.toThrow();
    expect(came.length).toBeLessThan(5);
    expect(source.refusal()).toMatchObject({ kind: 'body_mismatch' });
    expect([source.isComplete(), source.broken.aborted]).toEqual([false, true]);
  });

  it('is complete before its last byte is handed out', async () => {
    const source = sourceOf(body('abc', 'de'), { ...MAX, length: 5 });
    const seen: boolean[] = [];
    for await (const _ of source.bytes) seen.push(source.isComplete());
    expect(seen).toEqual([false, true]);
    source.stop();
    expect([source.refusal(), source.broken.aborted]).toEqual([undefined, false]);
  });

  it('is broken when its sender leaves while nobody reads, and untouched until somebody does', () => {
    const leaving = new AbortController();
    const source = sourceOf(body('abc'), { ...MAX, signal: leaving.signal });
    expect([source.isUntouched(), source.broken.aborted]).toEqual([true, false]);
    leaving.abort();
    expect([source.broken.aborted, source.refusal()?.kind]).toEqual([true, 'body_mismatch']);
  });

  it('does not blame its sender for what happens after it was stopped', async () => {
    const source = sourceOf(body('abc', 'de'), MAX);
    source.stop();
    for await (const _ of source.bytes) throw new Error('a stopped body gives nothing');
    expect(source.refusal()).toBeUndefined();
  });

  it('lets its sender clean up when it is stopped midway', async () => {
    let cleaned = false;
    const careful = async function* () {
      try {
        yield bytes('a');
        yield bytes('b');
        yield bytes('c');
      } finally {
        cleaned = true;
      }
    };
    const source = sourceOf(careful(), MAX);
    await source.bytes[Symbol.asyncIterator]().next();
    source.stop();
    await expect.poll(() => cleaned).toBe(true);
  });
});

describe('pieces of a body', () => {
  it('are of the size that was asked for, however the body came', async () => {
    const pieces = piecesOf(body('ab', '', 'cdefg', 'h'));
    expect((await pieces.collect(3)).toString()).toBe('abc');
    let streamed = '';
    for await (const piece of pieces.stream(4)) streamed += Buffer.from(piece).toString();
    expect(streamed).toBe('defg');
    expect((await pieces.collect(9)).toString()).toBe('h');
    expect(await pieces.collect(9)).toHaveLength(0);
  });
});
