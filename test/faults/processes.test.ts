import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, freshEmail, type Person, person } from '../support/client.js';
import { address, from } from '../support/from.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.js';
import { codeSentTo, play, type Site } from './support/deeds.js';
import { type Answered, type Deed, GUESTS, history, judge, newModel } from './support/history.js';
import { observe } from './support/observe.js';
import { cleanUp, liveEnvironment, type Program, startProgram } from './support/server.js';

const RUNS = 8;
/** The run in whose middle a worker is killed. */
const KILLED_IN = 2;
const EMPTIED_WITHIN_MS = 60_000;

let database: TestDatabase;
let mail: SmtpSink;
let start: (role: 'api' | 'worker') => Promise<Program>;
let apis: readonly Program[];
let workers: Program[];
beforeAll(async () => {
  database = await freshDatabase(2);
  mail = await smtpSink();
  const environment = await liveEnvironment(database.url, {
    SMTP_URL: mail.url,
    TRUSTED_PROXIES: '127.0.0.1',
    REQUESTS_PER_MINUTE: '10000000',
    LOG_LEVEL: 'warn',
  });
  start = (role) => startProgram({ ...environment, ROLE: role });
  apis = await Promise.all([start('api'), start('api')]);
  workers = await Promise.all([start('worker'), start('worker')]);
});
afterAll(async () => {
  await cleanUp();
  await mail.close();
  await database.close();
});

/** Both processes show the same at rest. */
const settle = async (site: Site, answered: readonly Answered[]): Promise<void> => {
  const possible = judge(site.model, answered);
  const [one, other] = await Promise.all(apis.map((api) => observe(api, site, possible)));
  expect(other).toEqual(one);
  if (!one) throw new Error('nobody looked');
  for (const [name, bucket] of one.buckets) site.model.buckets.set(name, bucket);
  site.model.members.clear();
  for (const [guest, member] of one.members) site.model.members.set(guest, member);
};

/** All that is left goes, by the workers' doing; then nothing of the project is anywhere. */
const dismantle = async ({ calls: [call], owner: { token }, project, model }: Site): Promise<void> => {
  if (!call) throw new Error('no process');
  for (const { id } of model.buckets.values())
    expect((await call(`DELETE /v1/buckets/${id}`, { token })).status).toBe(204);
  let last = 409;
  for (
    const deadline = Date.now() + EMPTIED_WITHIN_MS;
    last === 409 && Date.now() < deadline;
    await pause(100)
  )
    last = (await call(`DELETE /v1/projects/${project}`, { token })).status;
  expect(last).toBe(204);
  expect(
    await database.db('quota_usage').where({ account_id: project, feature: 'buckets' }).first(),
  ).toMatchObject({ used: 0n });
  const buckets = database.db('buckets').where({ account_id: project }).select('bucket_name');
  expect(await database.db('blob_buckets').whereIn('name', buckets)).toEqual([]);
  expect(await database.db('blob_objects').whereIn('bucket', buckets)).toEqual([]);
};

/** Kills a worker that has a letter in its hands, lets the other one go on, and starts a new one. */
const killAtWork = async (call: Client, owner: Person): Promise<void> => {
  const [victim, other] = workers;
  if (!victim || !other) throw new Error('there are no two workers');
  const project: string = (await call('POST /v1/projects', { token: owner.token, json: { name: 'Side' } }))
    .body.id;
  const email = `late-${freshEmail()}`;
  other.child.kill('SIGSTOP');
  mail.hold();
  const json = { email, role: 'member' };
  const invited = await call(`POST /v1/projects/${project}/memberships`, { token: owner.token, json });
  expect(invited.status).toBe(201);
  while (mail.held() === 0) await pause(10);
  expect(await victim.end('SIGKILL')).toBe('SIGKILL');
  await pause(200);
  mail.release();
  other.child.kill('SIGCONT');
  workers[0] = await start('worker');
  await codeSentTo(mail.letters, email);
};

describe('two API processes and two workers on one database', () => {
  it('answer a mixed load as one would, while a worker is killed and started again', async () => {
    let runs = 0;
    // Letters are limited by the hour and address: each run has an address of its own.
    const calls = apis.map(({ origin }) => from(clientOf({ url: origin }), () => address(runs)));
    const [call] = calls;
    if (!call) throw new Error('no process');
    const owner = await person(call);
    const guests = await Promise.all(
      Array.from({ length: GUESTS }, () => person(call, `guest-${freshEmail()}`)),
    );
    const live = async (rounds: readonly (readonly Deed[])[]): Promise<void> => {
      runs += 1;
      const json = { name: 'Project' };
      const project: string = (await call('POST /v1/projects', { token: owner.token, json })).body.id;
      const site: Site = { letters: mail.letters, calls, owner, guests, project, model: newModel() };
      for (const [i, round] of rounds.entries()) {
        const [answered] = await Promise.all([
          play(site, round),
          i === 2 && runs === KILLED_IN ? killAtWork(call, owner) : undefined,
        ]);
        await settle(site, answered);
      }
      await dismantle(site);
    };
    await fc.assert(fc.asyncProperty(history, live), { numRuns: RUNS, endOnFailure: true });
    expect(mail.letters.filter(({ subject }) => /invited/.test(subject)).length).toBeGreaterThan(0);
    const defects = [...apis, ...workers].flatMap((program) =>
      program
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"error"')),
    );
    expect(defects).toEqual([]);
  }, 180_000);
});
