import { describe, it } from 'vitest';
import { benchOn } from './s3.cases.bench.js';
import { listingCases } from './s3.cases.listing.js';
import { objectCases } from './s3.cases.objects.js';
import { readCases } from './s3.cases.reads.js';
import { type OpenS3, onS3, type S3World } from './s3.rig.js';

/** What ceph's s3-tests ask of these operations, case by case; docs/s3-compatibility.md lists them. */
export const s3CasesScenarios = (open: OpenS3) => {
  describe('the cases of s3-tests', () => {
    let world: S3World;
    onS3(open, (opened) => {
      world = opened;
    });
    for (const [name, run] of Object.entries({ ...listingCases, ...readCases, ...objectCases }))
      it(name, async () => run(await benchOn(world)));
  });
};
