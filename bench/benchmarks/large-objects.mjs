import { setTimeout as pause } from 'node:timers/promises';
import { pairs, summary, syncDisk } from '../harness/pairs.mjs';
import { memory } from '../harness/processes.mjs';
import { download, generatedCrc32, remove, upload } from '../harness/transfer.mjs';
import { withBoth } from './files.mjs';

const GOAL = 0.9;
const SIZE = 1024 ** 3;
const MIB = 1024 ** 2;
const KEY = 'large';
const SETTLE_MS = 3_000;

const units = { unit: 'MiB/s', processorUnit: 'ms/MiB', processorScale: 1e3 };

/** Peak memory of a server during what it is asked to do, above what it has when idle. */
const watching = async ({ pid }) => {
  await pause(SETTLE_MS);
  const idle = memory.now(pid);
  let peak = 0;
  return {
    during: async (work) => {
      memory.forgetPeak(pid);
      const done = await work();
      peak = Math.max(peak, memory.peak(pid));
      return done;
    },
    figures: () => ({ idle, peak }),
  };
};

const row = (name, measured, watch) => ({
  name,
  goal: GOAL,
  ...units,
  pairs: measured,
  ...summary(measured),
  memory: watch.figures(),
});

const transfers = (transfer) => (side, watch) => ({
  server: side.server,
  measure: async (round) => {
    const seconds = await watch.during(() => transfer(side, round));
    return { work: SIZE / MIB, seconds };
  },
});
const unwatched = { during: (work) => work() };

const uploading = transfers(async (side, round) => {
  const seconds = await upload({ ...side.put(KEY), size: SIZE });
  if (round === 0) await download({ ...side.get(KEY), size: SIZE, check: generatedCrc32(SIZE) });
  return seconds;
});

const downloading = transfers((side, round) =>
  download({ ...side.get(KEY), size: SIZE, ...(round === 0 && { check: generatedCrc32(SIZE) }) }),
);

/** One object of 1 GiB with a known length, sent and durable. */
export const uploadLarge = {
  name: 'upload-1gib',
  measure: (kit) =>
    withBoth(kit, async ({ ours, baseline }) => {
      const watch = await watching(ours.server);
      const sides = { ours: uploading(ours, watch), baseline: uploading(baseline, unwatched) };
      const between = async () => {
        for (const side of [ours, baseline]) await remove(side.put(KEY)).catch(() => undefined);
        await syncDisk();
      };
      const name = 'upload 1 GiB';
      const measured = await pairs({ count: kit.count, ...sides, between, onPair: kit.note(name) });
      return [row(name, measured, watch)];
    }),
};

/** The same object read back, from the page cache on both sides. */
export const downloadLarge = {
  name: 'download-1gib',
  measure: (kit) =>
    withBoth(kit, async ({ ours, baseline }) => {
      const watch = await watching(ours.server);
      for (const side of [ours, baseline]) await upload({ ...side.put(KEY), size: SIZE });
      await syncDisk();
      const sides = { ours: downloading(ours, watch), baseline: downloading(baseline, unwatched) };
      const name = 'download 1 GiB';
      const measured = await pairs({ count: kit.count, ...sides, onPair: kit.note(name) });
      return [row(name, measured, watch)];
    }),
};
