import { randomBytes } from 'node:crypto';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary, syncDisk } from '../harness/pairs.mjs';
import { withBoth } from './files.mjs';

const IN_FLIGHT = 16;
const SECONDS = 4;
const GOALS = { put: 0.35, get: 0.6 };
const BODY = randomBytes(1024);
/** More keys than a round of puts can use up. */
const MOST = 50_000;

const units = { unit: 'objects/s', processorUnit: 'µs/object', processorScale: 1e6 };
const row = (name, goal, measured) => ({ name, goal, ...units, pairs: measured, ...summary(measured) });

const run = async (port, options) => {
  const { count, seconds } = await load({ port, connections: IN_FLIGHT, seconds: SECONDS, ...options });
  return { work: count, seconds };
};

const putting = (side) => ({
  server: side.server,
  measure: (round) =>
    run(side.server.port, {
      status: 204,
      request: (n) => {
        if (n >= MOST) return undefined;
        const { path, headers } = side.put(`put-${round}-${n}`);
        return requestBytes('PUT', path, { ...headers, 'Content-Length': BODY.length }, BODY);
      },
    }),
});

const KEPT = 500;
const keep = (side) =>
  load({
    port: side.server.port,
    connections: IN_FLIGHT,
    seconds: 60,
    status: 204,
    request: (n) => {
      if (n >= KEPT) return undefined;
      const { path, headers } = side.put(`kept-${n}`);
      return requestBytes('PUT', path, { ...headers, 'Content-Length': BODY.length }, BODY);
    },
  });

const getting = (side) => {
  const requests = Array.from({ length: KEPT }, (_, n) => {
    const { path, headers } = side.get(`kept-${n}`);
    return requestBytes('GET', path, headers);
  });
  return {
    server: side.server,
    measure: (round) =>
      run(side.server.port, {
        request: (n) => requests[n % KEPT],
        ...(round === 0 && { onReply: isWhole }),
      }),
  };
};

const isWhole = (bytes) => {
  if (!bytes.subarray(-BODY.length).equals(BODY)) throw new Error('other bytes came than were sent');
};

/** Objects of 1 KiB, 16 in flight: new keys put, and existing ones read. */
export const smallObjects = {
  name: 'small-objects',
  measure: (kit) =>
    withBoth(kit, async ({ ours, baseline }) => {
      const measured = async (name, side, between) =>
        pairs({
          count: kit.count,
          ours: side(ours),
          baseline: side(baseline),
          between,
          onPair: kit.note(name),
        });
      const puts = await measured('put 1 KiB', putting, syncDisk);
      for (const side of [ours, baseline]) await keep(side);
      await syncDisk();
      const gets = await measured('get 1 KiB', getting);
      return [
        row('put 1 KiB, 16 in flight', GOALS.put, puts),
        row('get 1 KiB, 16 in flight', GOALS.get, gets),
      ];
    }),
};
