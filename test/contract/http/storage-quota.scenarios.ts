import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../../src/composition/log.js';
import { keepTally } from '../../../src/composition/worker.js';
import type { TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { stored } from '../../support/stored.js';
import { linksOf } from './links.rig.js';
import { type Open, onStage } from './rig.js';

const LIMIT = 1_000;
/** What the world's own object comes to. */
const HELLO = 5;
const KIB = 1024;

/** A body of unknown length; `taken` tells how much of it was asked for. */
const endless = (bytes: number, piece = 100) => {
  let taken = 0;
  const body = new ReadableStream({
    pull: (controller) => {
      if (taken >= bytes) return controller.close();
      taken += piece;
      controller.enqueue(new Uint8Array(piece));
    },
  });
  return { body, taken: () => taken };
};

/** The bytes that a project may store in its managed buckets. */
export const storageQuotaScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  const small = () => open({ environment: { QUOTA_STORAGE_BYTES: String(LIMIT) } });
  onStage(small, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const at = (query: string, where = `buckets/${here.bucketId}`) => `/v1/${where}/objects${query}`;
  const put = (key: string, bytes: number | ReadableStream, where?: string) =>
    call(`PUT ${at(`?key=${key}`, where)}`, {
      token: here.member.token,
      bytes: typeof bytes === 'number' ? new Uint8Array(bytes) : bytes,
    });
  const remove = (query: string) => call(`DELETE ${at(query)}`, { token: here.member.token });
  const lengthOf = async (key: string) => {
    const { status, headers } = await call(`HEAD ${at(`/download?key=${key}`)}`, {
      token: here.member.token,
    });
    return status === 200 ? Number(headers.get('content-length')) : status;
  };
  const ledger = (bucketId = here.bucketId) => stored(app.container, here.projectId, bucketId);
  const refused = ({ status, body }: { status: number; body: { error?: { code: string } } }) =>
    expect([status, body?.error?.code]).toEqual([507, 'storage_quota_exceeded']);

  describe('a quota of bytes', () => {
    it('refuses what is announced to go beyond it before the first byte', async () => {
      const { status, text } = await new Promise<{ status?: number | undefined; text: string }>(
        (resolve, reject) => {
          const sent = request(`${app.url}${at('?key=announced')}`, {
            method: 'PUT',
            headers: { authorization: `Bearer ${here.member.token}`, 'content-length': String(LIMIT) },
          });
          sent.on('error', reject).on('response', (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () => resolve({ status: response.statusCode, text }));
          });
          sent.flushHeaders();
        },
      );
      refused({ status: status ?? 0, body: JSON.parse(text) });
      expect(text).toContain('at most 1000 bytes');
      expect(await lengthOf('announced')).toBe(404);
    });

    it('breaks off what does not say how much it is, and keeps nothing of it', async () => {
      const { body, taken } = endless(100 * KIB * KIB);
      refused(await put('unannounced', body));
      expect(taken()).toBeLessThan(10 * KIB * KIB);
      expect(await lengthOf('unannounced')).toBe(404);
      expect((await put('unannounced', endless(LIMIT - 100).body)).status).toBe(204);
      expect(await ledger()).toEqual({ bytes: LIMIT - 100 + HELLO, objects: 2 });
      await remove('?key=unannounced');
    });

    it('counts of an overwrite only the difference, and leaves what was there when it refuses', async () => {
      expect((await put('over', 900)).status).toBe(204);
      expect((await put('over', 995)).status).toBe(204);
      expect((await put('over', endless(900).body)).status).toBe(204);
      refused(await put('over', 996));
      refused(await put('over', endless(1_100).body));
      expect(await lengthOf('over')).toBe(900);
      expect(await ledger()).toEqual({ bytes: 905, objects: 2 });
      expect((await put('over', 10)).status).toBe(204);
      expect((await put('over', 985)).status).toBe(204);
      expect((await put('empty', 0)).status).toBe(204);
    });

    it('has room again as soon as something is deleted, whether handed over yet or not', async () => {
      refused(await put('more', 100));
      expect((await remove('?key=over')).status).toBe(204);
      expect((await put('more', 900)).status).toBe(204);
      refused(await put('folder/a', 200));
      await ledger();
      refused(await put('folder/a', 200));
      await remove('?key=more');
      await ledger();
      for (const key of ['folder/a', 'folder/b/c']) expect((await put(key, 400)).status).toBe(204);
      refused(await put('more', 400));
      expect((await remove('?key=folder&recursive=true')).status).toBe(204);
      expect((await put('more', 400)).status).toBe(204);
      expect(await ledger()).toEqual({ bytes: 405, objects: 3 });
      await remove('?key=more');
      await remove('?key=more');
      await remove('?key=empty');
      expect(await ledger()).toEqual({ bytes: HELLO, objects: 1 });
    });

    it('lets no crowd through that together goes beyond it', async () => {
      const crowd = Array.from({ length: 50 }, (_, n) =>
        put(`crowd/${n}`, n % 2 === 0 ? 100 : endless(100, 20).body),
      );
      const statuses = (await Promise.all(crowd)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([204, 507]));
      const through = statuses.filter((status) => status === 204).length;
      expect(through).toBeLessThanOrEqual(9);
      expect(await ledger()).toEqual({ bytes: HELLO + through * 100, objects: 1 + through });
      // Whoever was refused left no claim behind.
      await remove('?key=crowd&recursive=true');
      expect((await put('whole', LIMIT - HELLO)).status).toBe(204);
      await remove('?key=whole');
    });

    it('holds for what comes by links', async () => {
      const { path } = await linksOf(call).to(at(''), { method: 'PUT', key: 'linked' }, here.member.token);
      refused(await call(`PUT ${path}`, { bytes: new Uint8Array(LIMIT) }));
      refused(await call(`PUT ${path}`, { bytes: endless(2 * LIMIT).body }));
      expect(await lengthOf('linked')).toBe(404);
      expect((await call(`PUT ${path}`, { bytes: new Uint8Array(LIMIT - HELLO) })).status).toBe(204);
      await remove('?key=linked');
    });

    it('is one for all buckets of a project, and a bucket that is deleted takes up nothing', async () => {
      const { token } = here.owner;
      const json = { name: 'second', region: 'local' };
      const { body } = await call(`POST /v1/projects/${here.projectId}/buckets`, { token, json });
      expect((await put('k', 900, `buckets/${body.id}`)).status).toBe(204);
      refused(await put('k', 900));
      expect((await call(`DELETE /v1/buckets/${body.id}`, { token })).status).toBe(204);
      await app.drain();
      expect(await ledger(body.id)).toEqual({ bytes: 0, objects: 0 });
      expect((await put('k', 900)).status).toBe(204);
      await remove('?key=k');
    });

    it('is told of once when it is nearly used up, and once when it is', async () => {
      const { token } = here.owner;
      const project = (await call('POST /v1/projects', { token, json: { name: 'Filling up' } })).body.id;
      const json = { name: 'filling-up', region: 'local' };
      const bucket = (await call(`POST /v1/projects/${project}/buckets`, { token, json })).body.id;
      const fill = async (key: string, bytes: number) => {
        const where = at(`?key=${key}`, `buckets/${bucket}`);
        const stop = keepTally(app.container, openLog({ LOG_LEVEL: 'silent' }));
        expect((await call(`PUT ${where}`, { token, bytes: new Uint8Array(bytes) })).status).toBe(204);
        await stop();
      };
      const told = async () =>
        (JSON.parse(await app.everyRow()) as Record<string, unknown>[])
          .filter((row) => (row['accountId'] ?? row['account_id']) === project)
          .filter(({ type }) => String(type).startsWith('entitlement.'))
          .map(({ type, data }) => [type, (data as { feature: string; limit: number; used: number }).used])
          .sort();
      await fill('a', 790);
      expect(await told()).toEqual([]);
      await fill('b', 20);
      const warned = ['entitlement.warned', 810];
      expect(await told()).toEqual([warned]);
      await fill('b', 10);
      await fill('b', 30);
      expect(await told()).toEqual([warned]);
      await fill('c', 180);
      await fill('c', 179);
      await fill('c', 180);
      expect(await told()).toEqual([['entitlement.reached', 1_000], warned]);
    });

    it('does not count what lies in a customer’s own store', async () => {
      const where = `connections/${here.connectionId}`;
      expect((await put('large', 10 * LIMIT, where)).status).toBe(204);
      expect((await put('large', endless(10 * LIMIT).body, where)).status).toBe(204);
      expect(await ledger()).toEqual({ bytes: HELLO, objects: 1 });
      expect((await put('all', LIMIT - HELLO)).status).toBe(204);
    });
  });
};
