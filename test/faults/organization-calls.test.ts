import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.js';
import { cleanUp, liveEnvironment, type Program, startProgram } from './support/server.js';

const USAGE = 'GET /api/v1/billing/usage';
const CALLERS = 4;
const LOAD_MS = 4_000;
/** Counts may be a second old; the rest is for a machine that has other things to do. */
const BEHIND_MS = 1_000;
const GRACE_MS = 1_000;

type Organization = { readonly id: string; readonly token: string };
/** When each call was answered, and how many were sent. */
type Ledger = { sent: number; readonly answered: number[] };

let database: TestDatabase;
let mail: SmtpSink;
let programs: readonly [Program, Program];
beforeAll(async () => {
  database = await freshDatabase(4);
  mail = await smtpSink();
  const environment = await liveEnvironment(database.url, {
    SMTP_URL: mail.url,
    REQUESTS_PER_MINUTE: '10000000',
    LOG_LEVEL: 'warn',
  });
  programs = [await startProgram(environment), await startProgram(environment)];
});
afterAll(async () => {
  await cleanUp();
  await mail.close();
  await database.close();
});

const organization = async ({ origin }: Program): Promise<Organization> => {
  const call = clientOf({ url: origin });
  const owner = await person(call);
  const { token } = owner;
  const { id } = (await call('POST /v1/projects', { token, json: { name: 'Organization' } })).body;
  const json = { name: 'A client', scopes: ['billing'] };
  const made = await call(`POST /v1/projects/${id}/organization-clients`, { token, json });
  const issued = await call('POST /api/v1/token', {
    bytes: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: made.body.client_id,
      client_secret: made.body.client_secret,
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(issued.status).toBe(200);
  return { id, token: issued.body.access_token };
};

/** The calls of all days that are on record; the test may run over midnight. */
const counted = async ({ id }: Organization): Promise<number> => {
  const row = await database
    .db('usage_counters as c')
    .join('features as f', 'f.id', 'c.feature_id')
    .where({ 'c.account_id': id, 'f.key': 'api_calls', 'c.window_kind': 'lifetime' })
    .first('c.used');
  return Number(row?.used ?? 0);
};

/** Calls on and on until it is told to stop, or nobody answers any more. */
const calling = async (
  { origin }: Program,
  { token }: Organization,
  { ledger, goesOn }: { readonly ledger: Ledger; readonly goesOn: () => boolean },
): Promise<void> => {
  const call = clientOf({ url: origin });
  while (goesOn()) {
    ledger.sent += 1;
    const answer = await call(USAGE, { token }).catch(() => undefined);
    if (answer === undefined) return;
    expect(answer.status).toBe(200);
    ledger.answered.push(performance.now());
  }
};

const until = ({ answered }: Ledger, moment: number): number => answered.filter((at) => at <= moment).length;

describe('calls of organizations, counted by two processes at once', () => {
  it('write nothing while nobody calls', async () => {
    const rows = async () => Number((await database.db('usage_records').count('* as n').first())?.['n']);
    const now = await rows();
    await pause(2_000);
    expect(await rows()).toBe(now);
  });

  it('are on record within a second, lost for one at most by a process that is killed, and by none that stops', async () => {
    const [victim, survivor] = programs;
    const [lost, kept, both] = [
      await organization(victim),
      await organization(survivor),
      await organization(victim),
    ];
    const ledgers = [lost, kept, both].map((): Ledger => ({ sent: 0, answered: [] }));
    const [ofLost, ofKept, ofBoth] = ledgers;
    if (!ofLost || !ofKept || !ofBoth) throw new Error('there are three');
    let isOver = false;
    const goesOn = () => !isOver;
    const load = Array.from({ length: CALLERS }, () => [
      calling(victim, lost, { ledger: ofLost, goesOn }),
      calling(survivor, kept, { ledger: ofKept, goesOn }),
      calling(victim, both, { ledger: ofBoth, goesOn }),
      calling(survivor, both, { ledger: ofBoth, goesOn }),
    ]).flat();

    const began = performance.now();
    let furthest = 0;
    while (performance.now() - began < LOAD_MS) {
      await pause(50);
      const moment = performance.now();
      const seen = await counted(both);
      // What was answered so long ago is on record now; how long ago that really was is worth knowing.
      expect(seen).toBeGreaterThanOrEqual(until(ofBoth, moment - BEHIND_MS - GRACE_MS));
      const oldest = [...ofBoth.answered].sort((a, b) => a - b)[seen];
      if (oldest !== undefined) furthest = Math.max(furthest, moment - oldest);
      expect(seen).toBeLessThanOrEqual(ofBoth.sent);
    }

    const killed = performance.now();
    expect(await victim.end('SIGKILL')).toBe('SIGKILL');
    await pause(300);
    isOver = true;
    await Promise.all(load);
    expect(await survivor.end('SIGTERM')).toBe(0);

    expect(ofKept.answered.length).toBeGreaterThan(10);
    expect(await counted(kept)).toBe(ofKept.answered.length);
    const left = await counted(lost);
    expect(left).toBeGreaterThanOrEqual(until(ofLost, killed - BEHIND_MS - GRACE_MS));
    expect(left).toBeLessThanOrEqual(ofLost.sent);
    expect(ofLost.answered.length).toBeGreaterThan(10);
    const records = await database.db('usage_records').where({ account_id: both.id });
    const keys = records.map(({ key }: { readonly key: string }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const age = (last: number): string => `${Math.round(last)} ms`;
    process.stdout.write(
      `${ofLost.answered.length + ofKept.answered.length + ofBoth.answered.length} calls, at most ${age(furthest)} behind; ` +
        `the killed process lost ${ofLost.answered.length - left} of ${ofLost.answered.length}\n`,
    );
  });
});
