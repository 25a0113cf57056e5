import { describe, expect, it } from 'vitest';
import { compare } from '../../../../src/composition/journey/listing.js';

const sent = new Map([
  ['a', { size: 1, sha256: '' }],
  ['b/c', { size: 0, sha256: '' }],
]);

describe('what is listed against what was sent', () => {
  it('is the same keys with the same sizes', () => {
    expect(
      compare(sent, {
        sizes: new Map([
          ['b/c', 0],
          ['a', 1],
        ]),
        twice: [],
      }),
    ).toEqual([]);
  });

  it('differs by keys that are missing, strange, listed twice, or of another size', () => {
    const listed = {
      sizes: new Map([
        ['b/c', 7],
        ['d', 1],
      ]),
      twice: ['d'],
    };

    expect(compare(sent, listed).map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'd: it is listed twice',
      'd: it is listed, but no upload of it succeeded',
      'a: it is not listed',
      'b/c: it is listed with 7 bytes, 0 were sent',
    ]);
  });
});
