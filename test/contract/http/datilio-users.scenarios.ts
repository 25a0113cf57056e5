import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import { DAY } from '../../../src/domain/shared/time.js';
import type { TestApp } from '../../support/app.js';
import { type Client, clientOf, codeFor, freshEmail, PASSWORD, person } from '../../support/client.js';
import { type Datilio, datilioOf } from './datilio.rig.js';
import type { Open } from './rig.js';

/** Signing up and in, and which door a token opens. */
export const datilioUsersScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let datilio: Datilio;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    datilio = datilioOf(app, call);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  const login = (email: string, password = PASSWORD) =>
    call('POST /api/auth/login', { json: { email, password } });

  describe('users', () => {
    it('sign up here or at Training Pipes and are the same, each with a number that stays theirs', async () => {
      const email = freshEmail();
      const json = { email: ` ${email.toUpperCase()} `, password: PASSWORD };
      const headers = { 'idempotency-key': 'sign-up' };
      const registered = await call('POST /api/auth/register', { json, headers });
      expect([registered.status, Object.keys(registered.body)]).toEqual([201, ['message']]);
      expect((await call('POST /api/auth/register', { json, headers })).text).toBe(registered.text);
      const another = { ...json, email: freshEmail() };
      const reused = await call('POST /api/auth/register', { json: another, headers });
      expect([reused.status, reused.body.error.code]).toEqual([422, 'idempotency_key_reused']);
      expect(await codeFor(app, email, /Confirm/)).toBeTruthy();
      const again = await call('POST /api/auth/register', { json });
      expect([again.status, again.body.error.code]).toEqual([409, 'email_taken']);
      const first = await login(email);
      expect([first.status, first.body]).toEqual([
        200,
        {
          access_token: expect.any(String),
          user: { id: expect.any(Number), email, is_admin: false },
        },
      ]);
      expect((await login(email)).body.user).toEqual(first.body.user);
      expect((await call('POST /v1/auth/login', { json: { email, password: PASSWORD } })).status).toBe(200);
      const other = await person(call);
      const theirs = (await login(other.email)).body.user;
      expect(theirs).toEqual({ id: expect.any(Number), email: other.email, is_admin: false });
      expect(theirs.id).not.toBe(first.body.user.id);
      await datilio.promote(await datilio.signIn(email));
      expect((await login(email)).body.user.is_admin).toBe(true);
    });

    it('are told by name what is no address, and that a short password was never one', async () => {
      const odd = await call('POST /api/auth/register', { json: { email: 'nobody', password: PASSWORD } });
      expect([odd.status, odd.body.error.details[0].field]).toEqual([400, 'email']);
      const short = await login(freshEmail(), 'short');
      expect([short.status, short.body.error.details[0].field]).toEqual([400, 'password']);
    });

    it('cannot sign up where registration is closed', async () => {
      const closed = await open({ environment: { REGISTRATION: 'closed' } });
      const json = { email: freshEmail(), password: PASSWORD };
      const answer = await clientOf(closed)('POST /api/auth/register', { json });
      expect([answer.status, answer.body.error.code]).toEqual([403, 'registration_closed']);
      for (const line of closed.answered) answered.add(line);
      await closed.close();
    });

    it('get one answer for an unknown address and a wrong password, and 429 when they go on guessing', async () => {
      const { email } = await datilio.buyer();
      const unknown = await login(freshEmail(), 'a wrong password');
      const seen = [await login(email, 'a wrong password')];
      expect([seen[0]?.status, seen[0]?.text]).toEqual([401, unknown.text]);
      while (seen.length < 10) seen.push(await login(email, 'a wrong password'));
      const late = await login(email);
      expect([late.status, late.body.error.code]).toEqual([429, 'rate_limited']);
      expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('cannot have letters sent from one place without end', async () => {
      const register = () =>
        call('POST /api/auth/register', { json: { email: freshEmail(), password: PASSWORD } });
      const limits = app.container.get(ports.accountLimits);
      while ((await limits.consume('mail_address', '127.0.0.1')).isOk());
      const answer = await register();
      expect([answer.status, answer.body.error.code]).toEqual([429, 'rate_limited']);
      app.clock.advance(DAY);
      expect((await register()).status).toBe(201);
    });

    it('open with a token only the doors of the contract that gave it, and none here with an API key', async () => {
      const email = freshEmail();
      const there = await person(call, email);
      const here = await datilio.signIn(email);
      const name = 'A key';
      const { key } = (await call('POST /v1/api-keys', { token: there.token, json: { name } })).body;
      const status = async (at: string, token: string) => (await call(at, { token })).status;
      expect(await status('GET /api/user/plan', here.token)).toBe(200);
      expect(await status('GET /v1/me', there.token)).toBe(200);
      expect(await status('GET /v1/me', key)).toBe(200);
      expect(await status('GET /v1/me', here.token)).toBe(401);
      expect(await status('GET /api/user/plan', there.token)).toBe(401);
      expect(await status('GET /api/user/plan', key)).toBe(401);
      app.clock.advance(DAY);
      expect(await status('GET /api/user/plan', here.token)).toBe(401);
    });
  });

  it('documents itself without a gap to the published contract', async () => {
    const document = await call('GET /docs/datilio.json');
    expect(document.body.openapi).toBe('3.0.3');
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-'));
    const served = join(directory, 'served.json');
    await writeFile(served, document.text);
    const tool = 'test/support/tools/contract-gap.mjs';
    const contract = 'test/contract/published/facts/datilio.json';
    const args = [tool, '--contract', contract, '--served', served, '--verbose'];
    // The tool exits with 1 when there is a gap; what it prints says which.
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((failed) => failed);
    await rm(directory, { recursive: true });
    const [summary, ...gaps] = stdout.trim().split('\n').reverse();
    expect(gaps.reverse()).toEqual([]);
    expect(summary).toMatch(/^operations 10\/10, statuses (\d+)\/\1, /);
  });
};
