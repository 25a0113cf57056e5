import { describe, expect, it } from 'vitest';
import { contexts } from '../../../src/composition/tokens.js';
import { allDown, gate, rebind } from '../../support/app.js';
import { resident, surfer } from './pages.surfer.js';
import {
  addressOf,
  allRoutes,
  HTML_WANTED,
  isInPlane,
  isSystem,
  JSON_WANTED,
  methodOf,
  type Open,
  onStage,
  type Stage,
  staged,
  visit,
  visitorOf,
} from './tenantpilot.rig.js';

const MIB = 1024 * 1024;

/** What every route of both planes refuses in the same way, derived from its route and nothing else. */
export const planeRefusals = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  /** Somebody who may do everything in the route's plane. */
  const insider = (route: (typeof allRoutes)[number]) => (isSystem(route) ? on.operator : on.owner);
  const powerless = (route: (typeof allRoutes)[number]) => (isSystem(route) ? on.viewer : on.member);

  for (const route of allRoutes)
    describe(route.operationId, () => {
      const reads = methodOf(route) === 'GET';

      it('leads nobody in who has not signed in, and comes back to those who want to look', async () => {
        const page = await visit(on.nobody(), route, on.ids, { headers: HTML_WANTED });
        expect(page.status).toBe(reads ? 303 : 401);
        if (reads) {
          const next = encodeURIComponent(addressOf(route, on.ids));
          expect(page.location).toBe(`/sign-in?next=${next}`);
          const document = await on.nobody().read(addressOf(route, on.ids));
          expect([document.status, document.body.kind]).toEqual([401, 'unauthenticated']);
        } else expect(page.text).toContain('href="/sign-in"');
        const bearer = { authorization: `Bearer ${on.people.owner.token}` };
        const other = await visit(on.nobody(), route, on.ids, { headers: bearer });
        expect(other.status).toBe(reads ? 303 : 401);
      });

      if (isInPlane(route))
        it('is not there for those in another plane, and looks the same as what is nowhere', async () => {
          const wrong = isSystem(route) ? [on.owner, on.stranger] : [on.operator];
          const seen = await Promise.all(
            [...wrong, ...(isSystem(route) ? [] : [on.viewer])].map(async (who) => {
              const { status, text } = await visit(who, route, on.ids);
              return `${status} ${text}`;
            }),
          );
          expect([...new Set(seen)]).toEqual([expect.stringMatching(/^404 /)]);
          expect(seen[0]).not.toContain('Workspace &lt;b&gt;');
        });

      if (/\{\w+\}/.test(route.at)) {
        it('knows nothing of a number that is nobody’s, malformed, or of another workspace', async () => {
          const names = [...route.at.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
          for (const number of ['999999999', '01', 'x']) {
            const ids = Object.fromEntries(names.map((name) => [name, number]));
            expect([number, (await visit(insider(route), route, ids)).status]).toEqual([number, 404]);
          }
          if (!isSystem(route)) expect((await visit(on.stranger, route, on.ids)).status).toBe(404);
        });
      }

      if (isInPlane(route) && (!isSystem(route) || !reads || route.operationId.endsWith('Page')))
        it('is refused to those in its plane who lack the right', async () => {
          const { status, text } = await visit(powerless(route), route, on.ids);
          const needs = isSystem(route) ? 'the right to manage' : 'the role';
          expect([status, text]).toEqual([403, expect.stringContaining(needs)]);
        });

      if (!reads)
        it('takes nothing that another site sends, or that lacks the token of this very session', async () => {
          const who = insider(route);
          for (const headers of [
            { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
            { origin: '', 'sec-fetch-site': '' },
          ])
            expect((await visit(who, route, on.ids, { headers })).status).toBe(403);
          for (const csrf of ['', 'x', on.stranger.csrf])
            expect((await visit(who, route, on.ids, { csrf })).status).toBe(403);
        });

      if (route.request?.headers)
        it('names a token that cannot be one', async () => {
          const answer = await visit(insider(route), route, on.ids, { csrf: 'x'.repeat(201) });
          expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('x-csrf-token')]);
        });

      if (route.body?.kind === 'json' || route.body?.kind === 'form')
        it('refuses what it cannot read, and what is far too large', async () => {
          const { kind } = route.body as { kind: 'json' | 'form' };
          const type = kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
          const address = addressOf(route, on.ids);
          const sent = (body: string, as = type) =>
            insider(route).post(address, body, { 'content-type': as });
          expect((await sent('{', kind === 'json' ? type : 'application/json')).status).toBe(400);
          expect((await sent('x'.repeat(MIB + 1))).status).toBe(413);
          expect((await sent(kind === 'json' ? '{"note":"a\\u0000b"}' : 'csrf=a%00b')).status).toBe(422);
        });

      if (route.request?.query)
        it('names a query that it cannot take', async () => {
          const name = Object.keys(route.request?.query?.shape ?? {})[0] ?? '';
          const answer = await insider(route).get(addressOf(route, on.ids, { [name]: 'a\0b' }), JSON_WANTED);
          expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(`"field":"${name}"`)]);
        });
    });

  it('reads as a number what is spelt as one, and nothing else', async () => {
    for (const wrong of ['0', '-1', '1.5', '1e3', '%00', '+1', '9'.repeat(40), `${on.ids['reviewPack']}%20`])
      expect([wrong, (await on.owner.read(`/admin/review-packs/${wrong}`)).status]).toEqual([wrong, 404]);
  });

  it('tells each what is wrong in the form it takes: a page, a document, or plain text', async () => {
    const address = '/admin/review-packs/999999999';
    const html = await on.owner.page(address);
    expect([html.status, html.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(html.text).toContain('href="/admin/switch"');
    const json = await on.owner.read(address);
    expect(json.body).toEqual({ kind: 'not_found', message: expect.any(String) });
    const text = await on.owner.get(address);
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const wrong = await on.owner.post('/admin/tenant-reviews', '{"title":7}', {
      'content-type': 'application/json',
    });
    expect([
      wrong.status,
      wrong.text
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(':')[0]),
    ]).toEqual([422, ['title', 'from', 'to']]);
    const nowhere = await on.owner.page('/admin/nowhere');
    expect([nowhere.status, nowhere.text]).toEqual([404, expect.stringContaining('<h1>Not found</h1>')]);
  });

  it('shows the platform’s plane to those only who were given the right to look', async () => {
    const lame = await open({
      override: (container) => {
        const facade = container.get(contexts.workspaces);
        rebind(container, contexts.workspaces, {
          ...facade,
          enterSystem: (caller) => facade.enterSystem(caller).map((user) => ({ ...user, capabilities: [] })),
        });
      },
    });
    const there = await staged(lame);
    for (const route of allRoutes.filter((one) => isSystem(one))) {
      const answer = await visit(there.operator, route, there.ids);
      expect([route.operationId, answer.status]).toEqual([route.operationId, 403]);
    }
    for (const line of lame.answered) answered.add(line);
    await lame.close();
  });

  it('asks for patience with 429 and Retry-After when the limit is used up', async () => {
    const limit = gate();
    const busy = await open({ override: limit.guard });
    const somebody = visitorOf(await resident(busy));
    limit.close();
    for (const route of allRoutes) {
      const answer = await visit(somebody, route, {});
      expect([route.operationId, answer.status]).toEqual([route.operationId, 429]);
      expect(answer.headers.get('retry-after')).toBe('60');
    }
    for (const line of busy.answered) answered.add(line);
    await busy.close();
  });

  it('says that it cannot answer while the database is gone, and no more', async () => {
    const down = await open({ override: allDown });
    const somebody = visitorOf(surfer(down, on.owner.jar), on.owner.csrf);
    for (const route of allRoutes) {
      const answer = await visit(somebody, route, on.ids);
      expect([route.operationId, answer.status]).toEqual([route.operationId, 503]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.text).not.toContain('down');
    }
    for (const line of down.answered) answered.add(line);
    await down.close();
  });
};
