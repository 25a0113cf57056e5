import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../../../src/adapters/http/s3/operations.js';
import { listingCases } from '../../../../contract/http/s3.cases.listing.js';
import { objectCases } from '../../../../contract/http/s3.cases.objects.js';
import { readCases } from '../../../../contract/http/s3.cases.reads.js';

describe('docs/s3-compatibility.md', () => {
  it('lists as passed the cases that are run, and no others', async () => {
    const text = await readFile('docs/s3-compatibility.md', 'utf8');
    const listed = [...text.matchAll(/^- `(test_\w+)`$/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(
      Object.keys({ ...listingCases, ...readCases, ...objectCases }).toSorted(),
    );
  });

  it('names every operation that is served', async () => {
    const text = await readFile('docs/s3-compatibility.md', 'utf8');
    for (const { name } of operations) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
