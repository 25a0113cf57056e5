import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { etagOfParts } from '../../../../src/adapters/s3/uploads.js';

describe('the version of an object that came in parts', () => {
  it('is known beforehand, from the MD5s of the parts', () => {
    const parts = ['a', 'b'].map((part) => createHash('md5').update(part).digest('hex'));
    // MD5 over the two digests, and how many they are, by another tool.
    expect(etagOfParts(parts)).toBe('96e024ba2074fe77e8e965ba43a704be-2');
  });

  it('is not known where a part has another kind of version', () => {
    expect(etagOfParts(['not-an-md5'])).toBeUndefined();
  });
});
