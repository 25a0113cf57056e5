import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOn } from './s3.cases.bench.js';
import { listingCases } from './s3.cases.listing.js';
import { objectCases } from './s3.cases.objects.js';
import { readCases } from './s3.cases.reads.js';
import { type OpenS3, type S3World, s3World } from './s3.rig.js';

/** What ceph's s3-tests ask of these operations, case by case; docs/s3-compatibility.md lists them. */
export const s3CasesScenarios = (open: OpenS3) => {
  describe('the cases of s3-tests', () => {
    let world: S3World;
    beforeAll(async () => {
      world = await s3World(await open());
    });
    afterAll(async () => {
      expect(world.app.complaints).toEqual([]);
      await world.app.close();
    });
    for (const [name, run] of Object.entries({ ...listingCases, ...readCases, ...objectCases }))
      it(name, async () => run(await benchOn(world)));
  });
};
