import { setTimeout as pause } from 'node:timers/promises';
import { memory } from '../harness/processes.mjs';
import { readSlowly, upload } from '../harness/transfer.mjs';
import { withBoth } from './files.mjs';

const MIB = 1024 ** 2;
const READERS = 64;
const SIZE = 16 * MIB;
const TAKEN = 10 * MIB;
const KEY = 'wide';
const SETTLE_MS = 3_000;

const peakOf = async (side) => {
  await pause(SETTLE_MS);
  const idle = memory.now(side.server.pid);
  await upload({ ...side.put(KEY), size: SIZE });
  await pause(SETTLE_MS);
  memory.forgetPeak(side.server.pid);
  await Promise.all(
    Array.from({ length: READERS }, () => readSlowly({ ...side.get(KEY), size: TAKEN, bytesPerSecond: MIB })),
  );
  return { idle, peak: memory.peak(side.server.pid) };
};

/** What 64 readers of 1 MiB/s each cost in memory, beside the bare server. */
export const slowReaders = {
  name: 'slow-readers',
  measure: (kit) =>
    withBoth(kit, async ({ ours, baseline }) => {
      const rows = [];
      for (const [name, side] of Object.entries({ ours, 'bare server': baseline }))
        rows.push({ name: `64 slow readers, ${name}`, memory: await peakOf(side) });
      return rows;
    }),
};
