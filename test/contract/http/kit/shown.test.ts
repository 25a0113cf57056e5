import Router from '@koa/router';
import { errAsync, ok, okAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../../../src/adapters/http/kit/dialect.js';
import type { Guard } from '../../../../src/adapters/http/kit/guard.js';
import { mount } from '../../../../src/adapters/http/kit/mount.js';
import { html, redirect, text } from '../../../../src/adapters/http/kit/reply.js';
import { type AnyRoute, contract } from '../../../../src/adapters/http/kit/route.js';
import { type HttpServer, httpServer } from '../../../../src/adapters/http/kit/server.js';
import { instant } from '../../../../src/domain/shared/time.js';

/** Knows people by a header of its own, and leads the others to the door. */
const named: Guard<object, string> = {
  security: 'cookie',
  statuses: [303],
  admit: (_app, { header }) => {
    const name = header('x-name');
    return name === undefined
      ? errAsync({ kind: 'unauthenticated' })
      : okAsync({ identity: name, place: ok(name) });
  },
};

const route = contract<object>()({
  hall: 'GET /hall',
  enter: 'POST /enter',
  sheet: 'GET /sheet',
  broken: 'GET /broken',
});
const common = { summary: '', auth: named, errors: {} } as const;
const routes = [
  route({
    ...common,
    operationId: 'hall',
    at: 'GET /hall',
    run: (_app, { principal }) => okAsync(principal),
    reply: html(
      (name: string) => `<p>${name}</p>`,
      (name) => ({ 'Content-Security-Policy': "script-src 'self'", 'Set-Cookie': [`a=${name}`, 'b=2'] }),
    ),
  }),
  route({
    ...common,
    operationId: 'enter',
    at: 'POST /enter',
    run: (_app, { principal }) => okAsync(principal),
    reply: redirect(
      (_name: string) => '/hall',
      (name) => ({ 'Set-Cookie': `a=${name}` }),
    ),
  }),
  route({
    ...common,
    operationId: 'sheet',
    at: 'GET /sheet',
    run: () => okAsync('p {}'),
    reply: text(
      'text/css',
      (sheet: string) => sheet,
      () => ({ 'Cache-Control': 'public' }),
    ),
  }),
  route({
    ...common,
    operationId: 'broken',
    at: 'GET /broken',
    run: () => {
      throw new Error('a secret of ours');
    },
    reply: html((page: string) => page),
  }),
] as unknown as readonly AnyRoute<object>[];

const dialect: Dialect = {
  statuses: { document: 400, fields: 400 },
  word: () => 'never said',
  show: ({ status, failure, requestId, method, url }) =>
    failure.kind === 'unauthenticated' && method === 'GET'
      ? { status: 303, headers: { Location: '/door' }, body: '' }
      : {
          status,
          headers: { 'Content-Type': 'text/html; charset=utf-8' },
          body: `<p>${failure.kind} ${requestId} ${method} ${url}</p>`,
        },
};

describe('a dialect for people', () => {
  const defects: unknown[] = [];
  let server: HttpServer;
  let url: string;
  beforeAll(async () => {
    const router = new Router();
    const stopping = new AbortController();
    mount(router, routes, {
      app: {},
      dialect,
      limits: {
        consume: (_name, key) =>
          key === 'busy' ? errAsync({ kind: 'rate_limited', retryAfterSeconds: 7 }) : okAsync(undefined),
        forgive: () => okAsync(undefined),
      },
      digest: { sha256: (given) => given },
      clock: { now: () => instant(0) },
      strict: true,
      report: (problem) => defects.push(problem),
      stopping: stopping.signal,
    });
    server = httpServer({
      router,
      dialect,
      clock: { now: () => instant(0) },
      ids: { next: () => 'id-1' },
      trustedProxies: [],
      corsOrigins: [],
      https: false,
      loopbackNamesOnly: false,
      onRequest: () => {},
      onDefect: (defect) => defects.push(defect),
      stopping,
    });
    url = `http://127.0.0.1:${(await server.listen(0, '127.0.0.1')).port}`;
  });
  afterAll(() => server.stop(1_000));

  const ask = async (method: string, path: string, name?: string) => {
    const headers: Record<string, string> = name === undefined ? {} : { 'X-Name': name };
    const answer = await fetch(url + path, { method, redirect: 'manual', headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  it('sends pages, redirects and files with the headers of their routes, over those that every answer has', async () => {
    const hall = await ask('GET', '/hall', 'ada');
    expect([hall.status, hall.text, hall.headers.getSetCookie()]).toEqual([
      200,
      '<p>ada</p>',
      ['a=ada', 'b=2'],
    ]);
    expect(hall.headers.get('content-security-policy')).toBe("script-src 'self'");
    const entered = await ask('POST', '/enter', 'ada');
    expect([entered.status, entered.headers.get('location'), entered.headers.getSetCookie()]).toEqual([
      303,
      '/hall',
      ['a=ada'],
    ]);
    expect((await ask('GET', '/sheet', 'ada')).headers.get('cache-control')).toBe('public');
  });

  it('leads whoever is not known to where they can be, and tells no browser of tokens', async () => {
    const lost = await ask('GET', '/hall');
    expect([lost.status, lost.headers.get('location'), lost.text]).toEqual([303, '/door', '']);
    expect(lost.headers.get('www-authenticate')).toBeNull();
  });

  it('shows refusals and defects as pages, with their hints and the name of the request', async () => {
    const busy = await ask('GET', '/hall?x=1', 'busy');
    expect([busy.status, busy.headers.get('retry-after'), busy.text]).toEqual([
      429,
      '7',
      '<p>rate_limited id-1 GET /hall?x=1</p>',
    ]);
    const broken = await ask('GET', '/broken', 'ada');
    expect([broken.status, broken.text]).toEqual([500, '<p>internal id-1 GET /broken</p>']);
    expect(broken.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(defects.map(String)).toEqual(['Error: a secret of ours']);
    expect((await ask('GET', '/nowhere', 'ada')).text).toBe('<p>not_found id-1 GET /nowhere</p>');
  });
});
