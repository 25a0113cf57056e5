import fc from 'fast-check';
import { it } from 'vitest';
import {
  aHistory,
  aRace,
  aReplay,
  neverPastTheLimit,
  oneOutcome,
  replayChangesNothing,
} from './interleaved.js';

it('never goes past a hard limit, whatever happens at once and whoever comes first', async () => {
  await fc.assert(fc.asyncProperty(aHistory, neverPastTheLimit), { numRuns: 50 });
});

it('ends a reservation in one way, whoever confirms, releases or gives it back while its time runs out', async () => {
  await fc.assert(fc.asyncProperty(aRace, oneOutcome), { numRuns: 60 });
});

it('changes nothing by what is told again, and counts one key in two accounts twice', async () => {
  await fc.assert(fc.asyncProperty(aReplay, replayChangesNothing), { numRuns: 50 });
});
