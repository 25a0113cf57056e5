import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etagOf, fromHeaderValue, headerValue, metaOf } from '../../../../src/adapters/s3/meta.js';

describe('what S3 tells of an object', () => {
  it('keeps any value of its metadata in a header of printable ASCII', () => {
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    );
    fc.assert(
      fc.property(value, (text) => {
        expect(headerValue(text)).toMatch(/^[\x20-\x7e]*$/);
        expect(headerValue(text)).toBe(headerValue(text).trim());
        expect(fromHeaderValue(headerValue(text))).toBe(text);
      }),
    );
  });

  it('sends plain values as they are, for others to read', () => {
    for (const plain of ['', '1700000000.123', 'a b=c; "d"', '100 %']) expect(headerValue(plain)).toBe(plain);
  });

  it('reads the encoded words of others, of either kind and in several pieces', () => {
    expect(fromHeaderValue('=?UTF-8?Q?caf=C3=A9_au_lait?=')).toBe('café au lait');
    expect(fromHeaderValue('=?utf-8?B?Y2Fm?= =?utf-8?b?w6k=?=')).toBe('café');
    expect(fromHeaderValue('see =?UTF-8?Q?x?=')).toBe('see =?UTF-8?Q?x?=');
  });

  it('takes versions out of their quotes, weak ones too', () => {
    expect(['"a"', 'W/"a"', 'a', undefined].map(etagOf)).toEqual(['a', 'a', 'a', '']);
  });

  it('tells times to the second, as all answers but listings do, and no type where nobody gave one', () => {
    const told = { ETag: '"v"', LastModified: new Date(1_999), ContentType: 'binary/octet-stream' };
    expect(metaOf('k' as never, 3, told)).toEqual({ key: 'k', size: 3, etag: 'v', modifiedAt: 1_000 });
  });
});
