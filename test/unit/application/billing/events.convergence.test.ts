import fc from 'fast-check';
import { describe, it } from 'vitest';
import { aCase, converge } from './events-convergence.js';

describe('mirrors of subscriptions', () => {
  it('come to the last state of the processor, whatever order its events come in and whoever dies', async () => {
    await fc.assert(fc.asyncProperty(aCase, converge), { numRuns: 60 });
  });
});
