import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, GOOD, head, type Kit, startKit, strays, wire } from './rig.js';

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

/** Paths as written: fetch would normalize them. */
const raw = (kit: Kit, method: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const options = { host: '127.0.0.1', port: kit.port, method, path, headers, agent: false };
      const req = request(options, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      });
      req.on('error', reject).end();
    },
  );

describe('the edge', () => {
  const lost = strays();
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(async () => {
    await kit.stop(1_000);
    expect(lost).toEqual([]);
  });

  it('sends security headers and a request id with every reply', async () => {
    const replies = [
      raw(kit, 'GET', '/things/a', GOOD),
      raw(kit, 'GET', '/things'),
      raw(kit, 'GET', '/page'),
      raw(kit, 'GET', '/blob'),
      raw(kit, 'GET', '/events'),
      raw(kit, 'GET', '/nowhere'),
      raw(kit, 'PATCH', '/things'),
      raw(kit, 'OPTIONS', '/things'),
      raw(kit, 'DELETE', '/things/a'),
      raw(kit, 'POST', '/leave'),
      raw(kit, 'GET', '/throws'),
    ];
    const seen = new Set<string>();
    for (const { headers } of await Promise.all(replies)) {
      expect(headers).toMatchObject(SECURITY);
      expect(headers['content-security-policy']).toBeDefined();
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
      seen.add(String(headers['x-request-id']));
    }
    expect(seen.size).toBe(replies.length);
  });

  it('insists on https where it is served by it', async () => {
    const secure = await startKit({ server: { https: true } });
    expect((await raw(secure, 'GET', '/page')).headers['strict-transport-security']).toMatch(
      /^max-age=\d{8}$/,
    );
    await secure.stop(1_000);
  });

  it('takes a request id of letters, digits and dashes, and makes its own in place of any other', async () => {
    const idFor = async (given: string) =>
      (await raw(kit, 'GET', '/page', { 'x-request-id': given })).headers['x-request-id'];
    for (const good of ['a', 'A-1', 'x'.repeat(64)]) expect(await idFor(good)).toBe(good);
    for (const bad of ['', 'x'.repeat(65), 'a b', 'a;b', 'é', 'a,b'])
      expect(await idFor(bad)).toMatch(/^id-\d+$/);
  });

  it('writes one line per request: operation, status, caller; and says which were cut', async () => {
    const before = kit.lines.length;
    await raw(kit, 'GET', '/things/a?secret=1', { ...GOOD, 'x-request-id': 'line-1' });
    await raw(kit, 'GET', '/nowhere');
    await eventually(() => kit.lines.length === before + 2);
    expect(kit.lines.slice(before)).toEqual([
      {
        operationId: 'getThing',
        method: 'GET',
        status: 200,
        cut: false,
        ms: expect.any(Number),
        requestId: 'line-1',
        identity: 'good',
      },
      expect.objectContaining({ operationId: 'unrouted', status: 404, cut: false, identity: undefined }),
    ]);
    expect(JSON.stringify(kit.lines)).not.toContain('secret');
  });

  it('answers what it does not serve with 404, and methods it does not serve with 405 and Allow', async () => {
    for (const path of [
      '/',
      '/nowhere',
      '/things/',
      '/Things',
      '/things/a/b',
      '//things',
      '/things/a/../../page',
    ])
      expect([path, (await raw(kit, 'GET', path, GOOD)).status]).toEqual([path, 404]);
    const patched = await raw(kit, 'PATCH', '/things/a');
    expect([patched.status, JSON.parse(patched.text).kind]).toEqual([405, 'method_not_allowed']);
    expect(String(patched.headers['allow']).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD']);
    expect((await raw(kit, 'TRACE', '/page')).status).toBe(405);
    const options = await raw(kit, 'OPTIONS', '/things');
    expect([options.status, options.text]).toEqual([200, '']);
    expect(String(options.headers['allow']).split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  it('never takes a verb for an id, nor an id for a verb', async () => {
    kit.app.ran.length = 0;
    expect((await raw(kit, 'POST', '/things/abc:verify')).status).toBe(200);
    expect(kit.app.ran).toEqual([['verifyThing', 'abc']]);
    expect((await raw(kit, 'GET', '/things/abc:verify', GOOD)).status).toBe(405);
    expect((await raw(kit, 'DELETE', '/things/abc:verify')).status).toBe(405);
    expect((await raw(kit, 'GET', '/things/abc:other', GOOD)).status).toBe(404);
    expect((await raw(kit, 'GET', '/things/:verify', GOOD)).status).toBe(404);
    expect((await raw(kit, 'POST', '/things/a:b:verify')).status).toBe(404);
    expect(kit.app.ran).toHaveLength(1);
    // Escaped, a colon is part of an id, which has no verb.
    expect((await raw(kit, 'POST', '/things/abc%3Averify')).status).toBe(405);
    expect((await raw(kit, 'GET', '/things/abc%3averify', GOOD)).status).toBe(200);
    expect(kit.app.ran.slice(1)).toEqual([['getThing', 'abc:verify']]);
  });

  it('prefers a literal segment to a parameter, in whichever order they were declared', async () => {
    expect(JSON.parse((await raw(kit, 'GET', '/things/current')).text)).toEqual({ got: 'current' });
  });

  it('answers several requests on one connection, also when they come at once', async () => {
    const { send, hears, socket } = await wire(kit.port);
    send(head('GET /words') + head('GET /nowhere') + head('GET /words'));
    const heard = await hears(/(<p>hello<\/p>[\s\S]*){2}/);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
    send(head('GET /words'));
    await hears(/(<p>hello<\/p>[\s\S]*){3}/);
    socket.destroy();
  });

  it('lets the pages of listed origins read its replies, refusals included, and no others', async () => {
    const shared = await startKit({ server: { corsOrigins: ['https://app.example'] } });
    const from = (origin: string, method: string, more: Record<string, string> = {}) =>
      raw(shared, method, '/things', { origin, ...more });
    const ours = await from('https://app.example', 'GET');
    expect([ours.status, ours.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example']);
    expect(ours.headers['access-control-expose-headers']).toContain('X-Request-Id');
    expect(ours.headers['access-control-allow-credentials']).toBeUndefined();
    expect(ours.headers['vary']).toContain('Origin');
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    const preflight = await from('https://app.example', 'OPTIONS', asked);
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toContain('POST');
    expect(preflight.headers['access-control-allow-headers']).toBe('authorization');
    for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'null', ''])
      for (const method of ['GET', 'OPTIONS'])
        expect((await from(origin, method, asked)).headers['access-control-allow-origin']).toBeUndefined();
    expect(
      (await raw(kit, 'GET', '/things', { origin: 'https://app.example' })).headers['vary'],
    ).toBeUndefined();
    await shared.stop(1_000);
  });

  it('answers to loopback names only where that was asked for', async () => {
    const local = await startKit({ server: { loopbackNamesOnly: true } });
    const status = async (host: string) => (await raw(local, 'GET', '/words', { host })).status;
    for (const host of [
      'localhost',
      'LOCALHOST:80',
      '127.0.0.1:8080',
      '127.9.9.9',
      '[::1]:80',
      'a.localhost',
      'localhost.',
    ])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      '[::2]',
      'xlocalhost',
    ])
      expect([host, await status(host)]).toEqual([host, 404]);
    await local.stop(1_000);
    expect((await raw(kit, 'GET', '/words', { host: 'evil.example' })).status).toBe(200);
  });
});
