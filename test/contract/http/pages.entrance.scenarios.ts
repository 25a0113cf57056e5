import { errAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import { rebind } from '../../support/app.js';
import { clientOf, codeFor, freshEmail, PASSWORD, person } from '../../support/client.js';
import { type Open, onStage, type Stage } from './pages.rig.js';
import { formTo, linksOf, linkTo, resident, signedIn, surfer } from './pages.surfer.js';
import { promote } from './tenantpilot.rig.js';

const cookieOf = (headers: Headers, name: string): string =>
  headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? '';

export const entranceScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const signInForm = async (surf = on.nobody(), path = '/sign-in') => {
    const form = formTo(await surf.get(path), /^\/sign-in$/);
    return { surf, form };
  };
  const signUpForm = async (surf = on.nobody(), path = '/sign-up') => {
    const form = formTo(await surf.get(path), /^\/sign-up$/);
    return { surf, form };
  };

  it('lead from the front door to the projects', async () => {
    const answer = await on.nobody().get('/');
    expect([answer.status, answer.location]).toEqual([303, '/app']);
  });

  it('lead from the projects to the workspaces, and those of the platform to all of them', async () => {
    const [SWITCH, DIRECTORY] = ['/admin/switch', '/system/directory/workspaces'];
    const ways = async (as?: Parameters<typeof promote>[2]) => {
      const somebody = await person(clientOf(on.app));
      if (as) await promote(on.app, somebody, as);
      const surf = await signedIn(on.app, somebody.email);
      const projects = await surf.get('/app');
      expect(projects.text).toContain(
        '<nav class="sections" aria-label="Tollhouse"><ul><li><a href="/app" aria-current="page">',
      );
      const found = linksOf(projects).filter((link) => [SWITCH, DIRECTORY].includes(link));
      for (const link of found) expect([link, (await surf.get(link)).status]).toEqual([link, 200]);
      return found;
    };
    expect(await ways()).toEqual([SWITCH]);
    expect(await ways({ platformAdmin: false, platformViewer: true })).toEqual([SWITCH, DIRECTORY]);
    expect(await ways({ platformAdmin: true })).toEqual([SWITCH, DIRECTORY]);
  });

  it('tell people on a page, and programs in their own words, what is not there', async () => {
    for (const path of ['/app/nothing', '/sign-in/x', '//'])
      expect([path, (await on.nobody().get(path)).text]).toEqual([
        path,
        expect.stringContaining('<h1>Not found</h1>'),
      ]);
    const method = await on.nobody().get('/sign-out');
    expect([method.status, method.text]).toEqual([405, expect.stringContaining('<h1>Not possible</h1>')]);
    for (const path of ['/v1/nothing', '/apple', '/docs/x/y'])
      expect(JSON.parse((await on.nobody().get(path)).text).error.code).toBe('not_found');
  });

  it('let nothing run or load but their own files, and nobody frame, keep or guess at them', async () => {
    const page = await on.nobody().get('/sign-in');
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(rule);
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect(page.text).not.toMatch(/<style|<script(?! src=)|\son\w+=|\sstyle=|javascript:/);
    const files = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    const kinds = await Promise.all(
      files.map(async (path) => {
        const { status, headers } = await on.nobody().get(path);
        expect([status, headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
        return headers.get('content-type');
      }),
    );
    expect(kinds).toEqual(['text/css; charset=utf-8', 'image/svg+xml', 'text/javascript; charset=utf-8']);
  });

  it('sign a new user up and in, and out again: after that the cookie opens nothing', async () => {
    const email = freshEmail();
    const somebody = await resident(on.app, email);
    const projects = await somebody.get('/app');
    expect([projects.status, projects.text]).toEqual([200, expect.stringContaining(email)]);
    const session = somebody.jar.get('tollhouse_session');
    const left = await somebody.submit(formTo(projects, /sign-out/));
    expect([left.status, left.location]).toEqual([303, '/sign-in']);
    expect(somebody.jar.has('tollhouse_session')).toBe(false);
    const again = await on.nobody().get('/app', { cookie: `tollhouse_session=${session}` });
    expect(again.status).toBe(303);
  });

  it('keep the session in a cookie that scripts cannot read, for as long as it lasts', async () => {
    const { surf, form } = await signInForm();
    const answer = await surf.submit(form, { email: on.owner.email, password: PASSWORD });
    expect(cookieOf(answer.headers, 'tollhouse_session')).toMatch(
      /^tollhouse_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    expect(cookieOf(answer.headers, 'tollhouse_visitor')).toContain('Max-Age=0');
  });

  it('mark cookies as secure and of this host alone where clients come by https', async () => {
    const app = await open({ environment: { BASE_URL: 'https://tollhouse.example' } });
    const visitor = await surfer(app).get('/sign-in');
    const line = cookieOf(visitor.headers, '__Host-tollhouse_visitor');
    expect(line).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    const nonce = line.split(/[=;]/)[1] ?? '';
    const form = formTo(visitor, /^\/sign-in$/);
    const { email } = await person(clientOf(app));
    const ask = (origin: string) =>
      surfer(app, new Map([['__Host-tollhouse_visitor', nonce]])).post(
        '/sign-in',
        { ...form.fields, email, password: PASSWORD },
        { origin },
      );
    const signed = await ask('https://tollhouse.example');
    expect([signed.status, cookieOf(signed.headers, '__Host-tollhouse_session')]).toEqual([
      303,
      expect.stringMatching(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    // A page that came without encryption may have been written by anybody.
    expect((await ask(app.url)).status).toBe(403);
    await app.close();
  });

  it('end a session when it is over, and when its user has ended it elsewhere', async () => {
    const somebody = await signedIn(on.app, on.here.owner.email);
    expect((await somebody.get('/app')).status).toBe(200);
    const token = somebody.jar.get('tollhouse_session') ?? '';
    await clientOf(on.app)('POST /v1/auth/logout', { token });
    expect((await somebody.get('/app')).location).toBe('/sign-in');
  });

  it('say what is wrong with a sign-in, keep the address, and forget the password', async () => {
    const { surf, form } = await signInForm();
    const answer = await surf.submit(form, { email: 'a"<b>@example.com', password: 'wrong password' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(answer.text).toContain('role="alert"');
    expect(answer.text).toContain('aria-invalid="true"');
    expect(answer.text).not.toContain('wrong password');
    expect(formTo(answer, /^\/sign-in$/).fields['email']).toBe('a"<b>@example.com');
    // The form that came back is as good as the first one.
    const right = formTo(answer, /^\/sign-in$/);
    expect((await surf.submit(right, { email: on.owner.email, password: PASSWORD })).status).toBe(303);
  });

  it('let nobody guess passwords for ever', async () => {
    const { email } = await person(clientOf(on.app));
    const { surf, form } = await signInForm();
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1)
      statuses.push((await surf.submit(form, { email, password: 'guess' })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });

  it('take a form only from the browser it was given to', async () => {
    const { form } = await signInForm();
    const other = on.nobody();
    await other.get('/sign-in');
    const typed = { email: on.owner.email, password: PASSWORD };
    expect((await other.submit(form, typed)).status).toBe(403);
    expect((await on.nobody().submit(form, typed)).status).toBe(403);
    const planted = surfer(on.app, new Map([['tollhouse_visitor', 'short']]));
    expect((await planted.submit(form, typed)).status).toBe(403);
  });

  it('lead to the page that was asked for first, and never to another site', async () => {
    const wanted = `/app/projects/${on.here.projectId}/storage/b/${on.here.bucketId}?prefix=a%2F`;
    const sent = await on.nobody().get(wanted);
    const { surf, form } = await signInForm(on.nobody(), sent.location);
    const typed = { email: on.owner.email, password: PASSWORD };
    const there = await surf.submit(form, typed);
    expect(there.location).toBe(wanted);
    expect((await surf.get(wanted)).status).toBe(200);
    for (const next of [
      'https://evil.example/app',
      '//evil.example',
      '/\\evil.example',
      '/app\\..\\..',
      '/apple',
      '/app\r\nSet-Cookie: a=b',
      'javascript:alert(1)',
      '/app/"onload="alert(1)',
    ]) {
      const asked = await signInForm(on.nobody(), `/sign-in?next=${encodeURIComponent(next)}`);
      expect(asked.form.fields['next']).toBe('/app');
      const forced = await asked.surf.submit(asked.form, { ...typed, next });
      expect([next, forced.status, forced.location]).toEqual([next, 303, '/app']);
    }
  });

  it('say what is wrong with a sign-up, and keep what was typed but the password', async () => {
    for (const [typed, status, field, words] of [
      [{ email: 'no address', password: PASSWORD }, 400, 'email', 'name@example.com'],
      [{ email: freshEmail(), password: 'short' }, 400, 'password', '8 to 256'],
      [{ email: freshEmail(), password: 'x'.repeat(257) }, 400, 'password', '8 to 256'],
      [{ email: on.owner.email, password: PASSWORD }, 409, 'email', 'already'],
      [{ email: freshEmail(), password: PASSWORD, invitation: 'nonsense' }, 400, 'invitation', 'unknown'],
    ] as const) {
      const { surf, form } = await signUpForm();
      const answer = await surf.submit(form, typed);
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
      expect(answer.text).toMatch(new RegExp(`id="${field}"[^>]* aria-invalid="true"`));
      expect(answer.text).toContain(`<a href="#${field}">`);
      expect(answer.text).not.toContain(typed.password);
      expect(formTo(answer, /^\/sign-up$/).fields['email']).toBe(typed.email);
    }
  });

  it('bring the invited into the project, also where nobody else may sign up', async () => {
    const app = await open({ environment: { REGISTRATION: 'invite' } });
    const refused = await surfer(app).get('/sign-up');
    expect(refused.text).toContain('name="invitation"');
    const stranger = surfer(app);
    const form = formTo(await stranger.get('/sign-up'), /^\/sign-up$/);
    const typed = { email: freshEmail(), password: PASSWORD };
    const answer = await stranger.submit(form, { ...typed, invitation: ' ' });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('by invitation only')]);
    await app.close();
    const invited = { email: freshEmail(), role: 'member' };
    await clientOf(on.app)(`POST /v1/projects/${on.here.projectId}/memberships`, {
      token: on.here.owner.token,
      json: invited,
    });
    const code = await codeFor(on.app, invited.email, /invited/);
    const asked = await signUpForm(on.nobody(), `/sign-up?invitation=${code}`);
    const joined = await asked.surf.submit(asked.form, { email: invited.email, password: PASSWORD });
    expect(linkTo(await asked.surf.follow(joined), /storage$/)).toContain(on.here.projectId);
  });

  it('offer no form where nobody may sign up', async () => {
    const app = await open({ environment: { REGISTRATION: 'closed' } });
    const page = await surfer(app).get('/sign-up');
    expect([page.status, page.text]).toEqual([200, expect.not.stringContaining('<form')]);
    await app.close();
  });

  it('slow down whoever signs up again and again', async () => {
    const app = await open({
      override: (container) =>
        rebind(container, ports.accountLimits, {
          ...container.get(ports.accountLimits),
          consume: () => errAsync({ kind: 'rate_limited', retryAfterSeconds: 30 }),
        }),
    });
    const surf = surfer(app);
    const form = formTo(await surf.get('/sign-up'), /^\/sign-up$/);
    const answer = await surf.submit(form, { email: freshEmail(), password: PASSWORD });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30']);
    await app.close();
  });
};
