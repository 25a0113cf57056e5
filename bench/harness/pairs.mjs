import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { processorSeconds } from './processes.mjs';

const run = promisify(execFile);

/** Waits until everything written so far is on the disk, so that nobody pays for somebody else's writes. */
export const syncDisk = () => run('sync');

const timed = async ({ server, measure }, round) => {
  const before = processorSeconds(server.pid);
  const { work, seconds } = await measure(round);
  const processor = processorSeconds(server.pid) - before;
  return { rate: work / seconds, processor: processor / work };
};

/**
 * Measures both sides `count` times after one warm-up, each going first in every second pair.
 * `measure(round)` answers the work done and the seconds it took; round 0 is the warm-up.
 */
export const pairs = async ({ count, ours, baseline, between = () => {}, onPair = () => {} }) => {
  const measured = [];
  for (let round = 0; round <= count; round += 1) {
    const pair = {};
    for (const side of round % 2 === 0 ? ['ours', 'baseline'] : ['baseline', 'ours']) {
      await between(round);
      pair[side] = await timed(side === 'ours' ? ours : baseline, round);
    }
    if (round > 0) measured.push(pair);
    if (round > 0) onPair(pair);
  }
  return measured;
};

/** Smallest, middle and largest of some numbers. */
export const spread = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
};

/** What pairs say: the ratio of rates (more is better), both rates, and processor time per unit of work. */
export const summary = (measured) => ({
  ratio: spread(measured.map(({ ours, baseline }) => ours.rate / baseline.rate)),
  ours: spread(measured.map(({ ours }) => ours.rate)),
  baseline: spread(measured.map(({ baseline }) => baseline.rate)),
  processor: {
    ours: spread(measured.map(({ ours }) => ours.processor)),
    baseline: spread(measured.map(({ baseline }) => baseline.processor)),
  },
});
