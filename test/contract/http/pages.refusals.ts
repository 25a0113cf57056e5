import { describe, expect, it } from 'vitest';
import { allDown, gate } from '../../support/app.js';
import {
  addressOf,
  allPages,
  forAdmins,
  forOwners,
  inProject,
  isPost,
  needsSession,
  type Open,
  onStage,
  type Stage,
  send,
  visit,
} from './pages.rig.js';
import { formTo, resident, signedIn, surfer } from './pages.surfer.js';

const MIB = 1024 * 1024;

/** What every page refuses in the same way, derived from its route and nothing else. */
export const pageRefusals = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const ownersForm = (guarded: boolean) => (guarded ? on.csrf.owner : undefined);

  for (const route of allPages.filter(needsSession)) {
    describe(route.operationId, () => {
      it('is not shown to anybody who has not signed in, whatever they send instead of a session', async () => {
        const session = on.owner.jar.get('tollhouse_session') ?? '';
        const forged = `${session.slice(0, -4)}AAAA`;
        for (const [cookie, authorization] of [
          ['', undefined],
          ['', `Bearer ${on.here.owner.token}`],
          ['tollhouse_session=', undefined],
          [`tollhouse_session=${forged}`, undefined],
          [`tollhouse_session=${on.here.key}`, undefined],
          [`other_tollhouse_session=${session}`, undefined],
        ] as const) {
          const headers = { cookie, authorization };
          const answer = isPost(route)
            ? await send(on.nobody(), route, on.ids, 'x', headers)
            : await on.nobody().get(addressOf(route, on.ids), headers);
          expect([route.operationId, cookie, answer.status]).toEqual([
            route.operationId,
            cookie,
            isPost(route) ? 401 : 303,
          ]);
          if (isPost(route)) expect(answer.text).toContain('href="/sign-in"');
          else expect(answer.location).toMatch(/^\/sign-in(\?next=%2Fapp|$)/);
        }
      });

      if (inProject(route))
        it('looks the same to a stranger as what is not there at all', async () => {
          const others = [on.ids, {}, { ...on.ids, project_id: 'not-an-id' }];
          const seen = await Promise.all(
            others.map(async (ids) => {
              const { status, text } = await visit(on.stranger, route, ids, on.csrf.stranger);
              return { status, text };
            }),
          );
          expect(seen[0]?.status).toBe(404);
          expect(new Set(seen.map((answer) => JSON.stringify(answer))).size).toBe(1);
        });

      if (/\{(container|connection|file_system)_id\}/.test(route.at))
        it('knows nothing of what is in no project of this name', async () => {
          const { project_id = '', place = '' } = on.ids;
          const noId = { container_id: 'no-id', connection_id: 'no-id', file_system_id: 'no-id' };
          for (const ids of [
            { project_id, place },
            { project_id, place, ...noId },
          ])
            expect((await visit(on.owner, route, ids, on.csrf.owner)).status).toBe(404);
          const through = { ...on.ids, place: 'c' };
          if (route.at.includes('{place}'))
            expect((await visit(on.owner, route, through, on.csrf.owner)).status).toBe(404);
        });

      if (forAdmins(route))
        it('is not for members', async () => {
          expect((await visit(on.member, route, on.ids, on.csrf.member)).status).toBe(403);
        });

      if (forOwners(route))
        it('is for owners alone', async () => {
          for (const who of ['member', 'admin'] as const) {
            const { status, text } = await visit(on[who], route, on.ids, on.csrf[who]);
            expect([status, text]).toEqual([403, expect.stringContaining('the role &quot;owner&quot;')]);
          }
        });
    });
  }

  for (const route of allPages.filter(isPost))
    describe(route.operationId, () => {
      const refused = async (csrf: string | undefined, headers = {}) => {
        const { status, text } = await send(on.owner, route, on.ids, csrf, headers);
        return [route.operationId, status, /<h1>.*<\/h1>/.exec(text)?.[0]];
      };
      const FORBIDDEN = [route.operationId, 403, '<h1>Not allowed</h1>'];

      it('refuses forms that other sites send, or nobody knows who', async () => {
        const own = on.app.url;
        for (const headers of [
          { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
          { origin: 'https://evil.example', 'sec-fetch-site': undefined },
          { origin: 'null', 'sec-fetch-site': undefined },
          { origin: own.replace('http:', 'https:'), 'sec-fetch-site': undefined },
          { origin: own.replace(/\d$/, (digit) => String(9 - Number(digit))), 'sec-fetch-site': undefined },
          { origin: own, 'sec-fetch-site': 'same-site' },
          { origin: own, 'sec-fetch-site': 'none' },
          { origin: undefined, 'sec-fetch-site': undefined },
        ])
          expect(await refused(on.csrf.owner, headers), JSON.stringify(headers)).toEqual(FORBIDDEN);
      });

      it('refuses forms without the token of this very session', async () => {
        const own = on.csrf.owner;
        const others = [
          undefined,
          '',
          'x',
          on.csrf.stranger,
          `${own.slice(0, -1)}x`,
          `${own}x`,
          'é'.repeat(64),
        ];
        for (const csrf of others) expect(await refused(csrf), String(csrf)).toEqual(FORBIDDEN);
      });

      if (route.body?.kind === 'form')
        it('refuses what is no form, and what is far too large for one', async () => {
          const type = { 'content-type': 'application/json' };
          const address = addressOf(route, on.ids);
          expect((await on.owner.post(address, '{}', type)).status).toBe(400);
          const large = { csrf: ownersForm(needsSession(route)) ?? '', name: 'x'.repeat(MIB) };
          expect((await on.owner.post(address, large)).status).toBe(413);
          expect((await on.owner.post(address, { csrf: 'a\0b' })).status).toBe(400);
        });
    });

  for (const route of allPages.filter(({ request }) => request?.query !== undefined))
    it(`${route.operationId} refuses a query it cannot understand`, async () => {
      const name = Object.keys(route.request?.query?.shape ?? {})[0] ?? '';
      const address = addressOf(route, on.ids, { [name]: 'a\0b' });
      const answer = isPost(route)
        ? await on.owner.post(address, { csrf: on.csrf.owner })
        : await on.owner.get(address);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`${name}: must be`)]);
    });

  it('lets a browser that tells less about itself send forms too', async () => {
    for (const headers of [{ 'sec-fetch-site': undefined }, { origin: undefined }]) {
      const form = formTo(await on.owner.get('/app'), /^\/app$/);
      expect((await on.owner.post('/app', { ...form.fields, name: 'Mine' }, headers)).status).toBe(303);
    }
  });

  it('asks for patience with 429 and Retry-After when the limit is used up', async () => {
    const limit = gate();
    const busy = await open({ override: limit.guard });
    const somebody = await resident(busy);
    limit.close();
    for (const route of allPages) {
      const answer = await visit(somebody, route, {}, 'x');
      expect([route.operationId, answer.status]).toEqual([route.operationId, 429]);
      expect(answer.headers.get('retry-after')).toBe('60');
    }
    for (const line of busy.answered) answered.add(line);
    await busy.close();
  });

  it('says that it cannot answer while the database is gone, and no more', async () => {
    const down = await open({ override: allDown });
    const somebody = surfer(down, on.owner.jar);
    for (const route of allPages) {
      const answer = await visit(somebody, route, on.ids, on.csrf.owner);
      expect([route.operationId, answer.status]).toEqual([route.operationId, 503]);
      expect(answer.text).not.toContain('down');
      expect(answer.text).toContain('<h1>Unavailable</h1>');
    }
    for (const line of down.answered) answered.add(line);
    await down.close();
  });

  it('never lets a session of the pages open the API, nor a token of the API the pages', async () => {
    const session = on.owner.jar.get('tollhouse_session') ?? '';
    const api = await on.nobody().get('/v1/me', { cookie: `tollhouse_session=${session}` });
    expect(api.status).toBe(401);
    expect((await on.nobody().get('/app', { authorization: `Bearer ${on.here.owner.token}` })).status).toBe(
      303,
    );
    expect((await signedIn(on.app, on.here.owner.email)).jar.size).toBe(1);
  });
};
