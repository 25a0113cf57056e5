import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Once } from '../../../../src/ports/shared/idempotency.js';
import { BUSY_ADDRESS, type Kit, startKit, strays } from './rig.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('refusals', () => {
  const lost = strays();
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit({ server: { trusted: ['127.0.0.1'] } });
  });
  afterAll(async () => {
    await kit.stop(1_000);
    expect(lost).toEqual([]);
  });

  const ask = async (at: string, init: RequestInit = {}) => {
    const [method = '', path = ''] = at.split(' ');
    const answer = await fetch(kit.url + path, { method, ...init });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: text ? JSON.parse(text) : undefined,
    };
  };

  it('have the statuses of the operation where it has its own, and those alone are declared', async () => {
    const odd = async (body: string) => (await ask('POST /odd', { headers: JSON_TYPE, body })).status;
    expect([await odd('{'), await odd('{"name":7}'), await odd('{"name":"a"}')]).toEqual([422, 409, 200]);
  });

  it('come in the order 401, 429, document, fields, 404, 403', async () => {
    const bad = { document: '{', fields: '{"name":7}', none: '{"name":"a"}' };
    const seen = async (who: string, body: string) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${who}` };
      const { status, body: said } = await ask('POST /things', { headers, body });
      return `${status} ${said.kind}`;
    };
    expect(await seen('nobody', bad.document)).toBe('401 unauthenticated');
    expect(await seen('busy', bad.document)).toBe('429 rate_limited');
    expect(await seen('stranger', bad.document)).toBe('400 malformed_document');
    expect(await seen('stranger', bad.fields)).toBe('422 invalid_request');
    expect(await seen('stranger', bad.none)).toBe('404 not_found');
    expect(await seen('weak', bad.fields)).toBe('422 invalid_request');
    expect(await seen('weak', bad.none)).toBe('403 forbidden');
    expect(kit.app.ran).toEqual([]);
  });

  it('put a malformed id before the question whether one may', async () => {
    const weak = { headers: { authorization: 'Bearer weak' } };
    expect((await ask('GET /things/A-B', weak)).status).toBe(404);
    expect((await ask('GET /things/%ff', weak)).status).toBe(404);
    expect((await ask('GET /things/a%00', weak)).status).toBe(404);
    expect((await ask('GET /things/ab', weak)).status).toBe(403);
  });

  it('say what to do next: authenticate, or wait', async () => {
    expect((await ask('GET /things')).headers.get('www-authenticate')).toBe('Bearer');
    const busy = await ask('GET /things', { headers: { authorization: 'Bearer busy' } });
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('count those who are not let in by where they come from, and let in who shows the right thing there', async () => {
    const there = { 'x-forwarded-for': BUSY_ADDRESS };
    const from = async (who: string) =>
      (await ask('GET /things', { headers: { ...there, authorization: `Bearer ${who}` } })).status;
    expect([await from('nobody'), await from('good')]).toEqual([429, 200]);
    expect((await ask('GET /things', { headers: { authorization: 'Bearer nobody' } })).status).toBe(401);
  });

  it('name fields of query and headers', async () => {
    const good = { authorization: 'Bearer good' };
    const size = await ask('GET /things?size=11', { headers: good });
    expect([size.status, size.body.problems[0].field]).toEqual([422, 'size']);
    const twice = await ask('GET /things?name=a&name=b', { headers: good });
    expect([twice.status, twice.body.problems[0].field]).toEqual([422, 'name']);
    const mood = await ask('GET /things', { headers: { ...good, 'x-mood': 'so-so' } });
    expect([mood.status, mood.body.problems[0].field]).toEqual([422, 'x-mood']);
    const fine = await ask('GET /things?size=3&name=a', { headers: { ...good, 'x-mood': 'bad' } });
    expect(fine.body.got).toEqual({ query: { size: 3, name: 'a' }, headers: { 'x-mood': 'bad' } });
  });

  it('tell nothing of a defect but that there was one', async () => {
    const { status, body, text } = await ask('GET /throws', { headers: { 'x-request-id': 'mine' } });
    expect([status, body.kind, body.requestId]).toEqual([500, 'internal', 'mine']);
    expect(text).not.toContain('secret');
    expect(kit.defects.map(String)).toEqual(['Error: a secret of ours']);
  });

  describe('of an Idempotency-Key', () => {
    const create = async (key: string, { query = '', who = 'good', name = 'a' } = {}) => {
      const { status } = await ask(`POST /things${query}`, {
        headers: { ...JSON_TYPE, authorization: `Bearer ${who}`, 'idempotency-key': key },
        body: JSON.stringify({ name }),
      });
      const last = kit.app.ran.at(-1) as { readonly once: Once } | undefined;
      return { status, once: last?.once };
    };

    it('come for keys that are not 1 to 255 visible ASCII characters', async () => {
      for (const key of ['two words', 'x'.repeat(256), 'é']) expect((await create(key)).status).toBe(422);
      expect((await create('x'.repeat(255))).status).toBe(201);
    });

    it('can rest on a fingerprint of path, query and bytes, in the scope of caller and operation', async () => {
      const { once } = await create('k');
      expect(once).toMatchObject({ scope: 'good createThing', key: 'k' });
      expect((await create('k')).once).toEqual(once);
      expect((await create('k', { name: 'b' })).once?.fingerprint).not.toBe(once?.fingerprint);
      expect((await create('k', { query: '?dry=1' })).once?.fingerprint).not.toBe(once?.fingerprint);
      expect((await create('k', { who: 'good2' })).once?.scope).toBe('good2 createThing');
    });

    it('never come where the route takes no key', async () => {
      expect((await ask('POST /ping', { headers: { 'idempotency-key': 'two words' } })).status).toBe(200);
    });
  });
});
