import { expect } from 'vitest';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { person } from '../../support/client.js';
import type { Outside, Process } from '../../support/crash.js';
import { newKey, projectOf } from './accounts.operations.js';
import type { Operation } from './trial.js';

const FEATURE = 'synthetic_rows';

/** A project that may have ten. */
const entitled = async (process: Process, { clock }: Outside) => {
  const owner = await person(process.call);
  const id = await projectOf(process, owner);
  const admin = {
    at: clock.now(),
    address: '127.0.0.1',
    requestId: 'a-request',
    userId: '00000000-0000-7000-8000-0000000000ad' as UserId,
    via: { kind: 'session', id: '00000000-0000-7000-8000-0000000000ae' } as const,
    platformAdmin: true,
  };
  const wanted = { usageLimit: 10n, window: 'lifetime', reason: 'to die for' } as const;
  const set = await process.entitlements.setOverride(id as AccountId, FEATURE, wanted, admin);
  expect(set.isOk()).toBe(true);
  return { token: owner.token, id, at: `/v1/projects/${id}` };
};
type Project = Awaited<ReturnType<typeof entitled>>;

const asked = ({ token }: Project) => ({
  token,
  json: { feature: FEATURE, amount: 3, ttl_seconds: 3_600 },
  headers: newKey(),
});

/** What the project has used, and what is on record of it: so many of these things. */
const stands = async ({ call }: Process, { rows }: Outside, project: Project, used: number) => {
  const { token, at, id } = project;
  const question = { token, json: { feature: FEATURE, amount: 1 } };
  expect((await call(`POST ${at}/entitlements:check`, question)).body).toMatchObject({ used });
  const audit = (await rows('audit_log', { accountId: id })).map(({ action }) => action);
  return {
    records: (await rows('usage_records', { accountId: id })).map(({ value }) => Number(value)),
    reservations: (await rows('usage_reservations', { accountId: id })).map(({ state }) => state),
    did: audit.filter((action) => /^(usage|reservation)\./.test(String(action))).sort(),
  };
};

const reserve: Operation = {
  name: 'reserving',
  least: 15,
  passing: [
    'entitlements tx.idempotency.claim',
    'entitlements tx.usage.lock',
    'entitlements tx.usage.reserve',
  ],
  prepare: async (process, outside) => {
    const project = await entitled(process, outside);
    const request = asked(project);
    return {
      send: ({ call }) => call(`POST ${project.at}/entitlements:reserve`, request),
      due: () => 201,
      done: async (to, { body }) => {
        expect(body).toMatchObject({ state: 'held', amount: 3 });
        expect(await stands(to, outside, project, 3)).toEqual({
          records: [],
          reservations: ['held'],
          did: ['reservation.reserve'],
        });
      },
    };
  },
};

const confirm: Operation = {
  name: 'confirming a reservation',
  least: 12,
  passing: ['entitlements tx.usage.settle', 'entitlements tx.usage.record', 'entitlements tx.events.append'],
  prepare: async (process, outside) => {
    const project = await entitled(process, outside);
    const { body } = await process.call(`POST ${project.at}/entitlements:reserve`, asked(project));
    const request = { token: project.token, json: { amount: 2 } };
    return {
      send: ({ call }) => call(`POST ${project.at}/reservations/${body.id}:confirm`, request),
      due: () => 200,
      done: async (to, answer) => {
        expect(answer.body).toMatchObject({ id: body.id, state: 'confirmed' });
        expect(await stands(to, outside, project, 2)).toEqual({
          records: [2],
          reservations: ['confirmed'],
          did: ['reservation.confirm', 'reservation.reserve'],
        });
      },
    };
  },
};

const recordBatch: Operation = {
  name: 'recording a batch of usage',
  least: 12,
  passing: ['entitlements tx.usage.record', 'entitlements tx.usage.crossed', 'entitlements tx.audit.record'],
  prepare: async (process, outside) => {
    const project = await entitled(process, outside);
    const event = (key: string, value: number) => ({ project_id: project.id, feature: FEATURE, value, key });
    const events = [event('1', 4), event('2', 0.5), event('3', 5)];
    return {
      send: ({ call }) => call('POST /v1/usage-events', { token: project.token, json: { events } }),
      due: () => 200,
      done: async (to, { body }) => {
        expect(body).toMatchObject({ recorded: 2, refused: 1 });
        expect(await stands(to, outside, project, 9)).toEqual({
          records: [4, 5],
          reservations: [],
          did: ['usage.record'],
        });
        const told = await outside.rows('events', { accountId: project.id, type: 'entitlement.warned' });
        expect(told).toHaveLength(1);
      },
    };
  },
};

export const entitlementOperations = [reserve, confirm, recordBatch];
