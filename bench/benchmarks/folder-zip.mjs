import { join } from 'node:path';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary, syncDisk } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { downloadEach, downloadWhole } from '../harness/transfer.mjs';
import { withBoth } from './files.mjs';

const MIB = 1024 ** 2;
const MEMBERS = 3_000;
const BODY = Buffer.alloc(MIB, 'a line of a file that somebody wants to have\n');
const GOALS = { raw: 0.9, archiver: undefined };

const units = { unit: 'MiB/s', processorUnit: 'ms/MiB', processorScale: 1e3 };
const row = (name, goal, measured) => ({ name, goal, ...units, pairs: measured, ...summary(measured) });

const fill = (side) =>
  load({
    port: side.server.port,
    connections: 4,
    seconds: 600,
    status: 204,
    request: (n) => {
      if (n >= MEMBERS) return undefined;
      const { path, headers } = side.put(`${side.folder}${n}`);
      return requestBytes('PUT', path, { ...headers, 'Content-Length': BODY.length }, BODY);
    },
  });

const whole = (server, request) => ({
  server,
  measure: async () => {
    const { seconds } = await downloadWhole(request);
    return { work: (MEMBERS * BODY.length) / MIB, seconds };
  },
});

const oneByOne = (side) => {
  const requests = Array.from({ length: MEMBERS }, (_, n) => side.get(`${side.folder}${n}`));
  return {
    server: side.server,
    measure: async () => {
      const seconds = await downloadEach({ port: side.server.port, requests, size: BODY.length });
      return { work: (MEMBERS * BODY.length) / MIB, seconds };
    },
  };
};

/** A folder of 3,000 objects of 1 MiB as one archive: beside the bare server's files one by one, and beside `archiver`. */
export const folderZip = {
  name: 'folder-zip',
  measure: (kit) =>
    withBoth(kit, async ({ ours, baseline }) => {
      const mine = { ...ours, folder: 'zip/' };
      const bare = { ...baseline, folder: '' };
      for (const side of [mine, bare]) await fill(side);
      await syncDisk();
      const { port, path, headers } = ours.get('zip');
      const zip = whole(ours.server, { port, path: `${path}&recursive=true`, headers });
      const archiver = await startServer({
        name: 'archiver',
        file: join(kit.baselines, 'archiver.mjs'),
        errors: join(kit.dir, 'archiver.log'),
        env: { DIRECTORY: join(kit.dir, 'baseline') },
      });
      const against = (name, other) =>
        pairs({ count: kit.count, ours: zip, baseline: other, onPair: kit.note(name) });
      try {
        const raw = await against('zip : raw', oneByOne(bare));
        const other = await against(
          'zip : archiver',
          whole(archiver, { port: archiver.port, path: '/', headers: {} }),
        );
        return [
          row('zip of 3,000 × 1 MiB, beside its files one by one', GOALS.raw, raw),
          row('zip of 3,000 × 1 MiB, beside `archiver`', GOALS.archiver, other),
        ];
      } finally {
        await archiver.stop();
      }
    }),
};
