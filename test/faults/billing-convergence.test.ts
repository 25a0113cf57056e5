import fc from 'fast-check';
import { describe, it } from 'vitest';
import { aCase, converge } from '../unit/application/billing/events-convergence.js';

const RUNS = 2_400;

describe('mirrors of subscriptions, at length', () => {
  it(`come to the last state of the processor in ${RUNS} histories with lost, repeated, late and crossing events and a death`, async () => {
    await fc.assert(fc.asyncProperty(aCase, converge), { numRuns: RUNS });
  });
});
