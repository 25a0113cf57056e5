import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { s3Objects } from '../../../../src/adapters/s3/s3-objects.js';
import type { ForeignStore } from '../../../../src/ports/storage/foreign-stores.js';
import { key, prefix } from '../../../contract/ports/object-store.rig.js';
import { toldJournal } from '../../../support/journal.js';

const MIB = 1024 * 1024;
const EMPTY = '<?xml version="1.0"?><ListBucketResult><IsTruncated>';

/** Endpoints are named by customers: what answers there may mean harm. */
describe('a store that means harm', () => {
  let server: Server;
  let requests: string[];
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const store = async (
    answer: (res: ServerResponse, count: number, req: IncomingMessage) => void,
    answerMs = 60_000,
  ): Promise<ForeignStore> => {
    requests = [];
    server = createServer((req, res) => {
      requests.push(String(req.url));
      res.on('error', () => undefined);
      answer(res, requests.length, req);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return s3Objects({
      address: {
        provider: 's3compat',
        region: 'us-east-1',
        endpoint: `http://127.0.0.1:${port}`,
        accessKeyId: 'a',
        secretAccessKey: 'a secret',
      },
      journal: toldJournal().journal,
      clock: { now: () => 0 as never },
      patience: { answerMs },
    });
  };
  const list = (from: ForeignStore, limit = 1) => from.list('bucket', { prefix: prefix(''), limit });
  const flood = (res: ServerResponse, piece: string, pieces: number): { readonly sent: () => number } => {
    let sent = 0;
    const more = (): void => {
      while (sent < pieces && !res.destroyed) {
        sent += 1;
        if (!res.write(piece)) return void res.once('drain', more);
      }
      res.end();
    };
    more();
    return { sent: () => sent };
  };

  it('is not heard out when its answer or its refusal does not end', async () => {
    for (const status of [200, 400]) {
      let flooded = { sent: () => 0 };
      const from = await store((res) => {
        res.writeHead(status, { 'content-type': 'application/xml' });
        flooded = flood(res, 'x'.repeat(MIB), 200);
      });
      for (const outcome of [
        await list(from),
        ...(status === 400 ? [await from.get('bucket', key('k'))] : []),
      ]) {
        expect(outcome._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 's3' });
        expect(flooded.sent()).toBeLessThan(100);
      }
      server.closeAllConnections();
      server.close();
    }
  });

  it('is not parsed when its document is little else than tags', async () => {
    const tags = '<a/>'.repeat(60_000);
    const listing = `${EMPTY}false</IsTruncated><!-- odd -->${tags}</ListBucketResult>`;
    const from = await store((res, _count, { method }) =>
      res.end(method === 'GET' ? listing : `<DeleteResult>${tags}</DeleteResult>`),
    );
    for (const outcome of [await list(from), await from.deleteMany('bucket', [key('k')])]) {
      const { kind, ...told } = outcome._unsafeUnwrapErr();
      expect([kind, String('cause' in told && told.cause)]).toEqual([
        'unavailable',
        expect.stringMatching('more than 50000 tags'),
      ]);
    }
  });

  it('is not asked for ever for more of what it does not name', async () => {
    const token = (count: number) => `<NextContinuationToken>t${count}</NextContinuationToken>`;
    const from = await store((res, count) =>
      res.end(`${EMPTY}true</IsTruncated>${token(count)}</ListBucketResult>`),
    );
    expect((await list(from))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(requests.length).toBe(100);
  });

  it('gives what it has named so far when it names too little at a time', async () => {
    const from = await store((res, count) => {
      const name = `<Contents><Key>k${1_000 + count}</Key><Size>1</Size></Contents>`;
      res.end(`${EMPTY}true</IsTruncated>${name}</ListBucketResult>`);
    });
    const { entries, next } = (await list(from, 500))._unsafeUnwrap();
    expect([entries.length, next, requests.length]).toEqual([100, 'k1100', 100]);
  });

  it('is taken at its word where a name is encoded in no way', async () => {
    const named =
      '<Contents><Key>100%+zz</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>';
    const from = await store((res) => {
      res.writeHead(200, { 'content-type': 'application/xml' });
      res.end(`${EMPTY}false</IsTruncated><EncodingType>url</EncodingType>${named}</ListBucketResult>`);
    });
    const { entries } = (await list(from, 10))._unsafeUnwrap();
    expect(entries).toMatchObject([{ type: 'file', object: { key: '100%+zz' } }]);
  });

  it('is given up when it says its answer a letter at a time, before or after its head', async () => {
    const timers: NodeJS.Timeout[] = [];
    for (const early of [true, false]) {
      const from = await store((res) => {
        const drip = early ? () => res.socket?.write('H') : () => res.write(' ');
        if (!early) res.writeHead(200, { 'content-type': 'application/xml' });
        else res.socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ');
        timers.push(setInterval(drip, 50));
      }, 700);
      for (const call of [() => list(from), () => from.deleteMany('bucket', [key('k')])]) {
        const began = performance.now();
        expect((await call())._unsafeUnwrapErr().kind).toBe('unavailable');
        expect(performance.now() - began).toBeLessThan(8_000);
      }
      server.closeAllConnections();
      server.close();
    }
    for (const timer of timers) clearInterval(timer);
  }, 40_000);
});
