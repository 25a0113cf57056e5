import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { S3Failure } from '../../../../../src/adapters/http/s3/errors.js';
import { dechunked } from '../../../../../src/adapters/http/s3/payload/dechunked.js';

const SUM = 'x-amz-checksum-crc32';

async function* cut(body: Buffer, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let at = 0;
  for (let n = 0; at < body.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1;
    yield body.subarray(at, at + size);
    at += size;
  }
}

const read = async (body: Buffer, sizes: readonly number[], names: readonly string[] = []) => {
  const trailers = new Map<string, string>();
  const refusals: S3Failure[] = [];
  const chunks: Uint8Array[] = [];
  const bytes = dechunked(cut(body, sizes), {
    chain: undefined,
    trailers: new Set(names),
    refuse: (why) => void refusals.push(why),
    trailer: (name, value) => void trailers.set(name, value),
  });
  const whole = await (async () => {
    for await (const chunk of bytes) chunks.push(chunk);
    return true;
  })().catch(() => false);
  return { whole, refusals, trailers, content: Buffer.concat(chunks) };
};

const framed = (chunks: readonly Uint8Array[], end = ''): Buffer =>
  Buffer.concat([
    ...chunks
      .filter((chunk) => chunk.length > 0)
      .flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    Buffer.from(`0\r\n${end}\r\n`),
  ]);

const chunks = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

describe('a body in aws-chunked', () => {
  it('is its content, wherever the network cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, sizes, async (parts, cuts) => {
        const { whole, content, trailers } = await read(framed(parts, `${SUM}: abc=\r\n`), cuts, [SUM]);
        expect([whole, content.equals(Buffer.concat(parts)), trailers.get(SUM)]).toEqual([
          true,
          true,
          'abc=',
        ]);
      }),
    );
  });

  it('is never whole when its end is missing, and says why', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, sizes, fc.nat(), async (parts, cuts, at) => {
        const body = framed(parts);
        // Without its last line break nothing is missing that anybody needs.
        const short = body.subarray(0, at % Math.max(1, body.length - 4));
        const { whole, refusals, content } = await read(short, cuts);
        expect([whole, refusals.length]).toEqual([false, 1]);
        expect(content.length).toBeLessThanOrEqual(Buffer.concat(parts).length);
      }),
    );
  });

  it('keeps back the last piece until the end is there', async () => {
    const body = Buffer.from('3\r\nabc\r\n3\r\ndef\r\nnonsense\r\n');
    const { whole, content } = await read(body, [1_000]);
    expect([whole, content.toString()]).toEqual([false, 'abc']);
  });

  it.each([
    ['no size', 'x\r\n'],
    ['a size beyond all bounds', `${'f'.repeat(13)}\r\n`],
    ['a line without end', '1'.repeat(5_000)],
    ['no break after a chunk', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a trailer that was not announced', `0\r\nx-other: 1\r\n\r\n`],
    ['too many trailers', `0\r\n${`${SUM}: 1\r\n`.repeat(40)}\r\n`],
    ['a trailer without end', `0\r\n${SUM}: ${'1'.repeat(2_000)}\r\n\r\n`],
  ])('is refused with %s', async (_what, body) => {
    const { whole, refusals } = await read(Buffer.from(body), [7], [SUM]);
    expect([whole, refusals[0]?.kind]).toEqual([false, 'malformed_chunks']);
  });
});
