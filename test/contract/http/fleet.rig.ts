import { expect } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { UserId } from '../../../src/domain/shared/ids.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Answer, Client, Person, World } from '../../support/client.js';

/** Time for all that reconcilers put off by a second. */
const ROUNDS = 8;

/** Lets the reconciler work until what was asked for has come about. */
export const settle = async (app: TestApp): Promise<void> => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await app.drain();
    app.clock.advance(1_000);
  }
};

/** What the owner of a world can ask of its fleet. */
export const fleetOf = (call: Client, here: Pick<World, 'projectId' | 'bucketId' | 'owner'>) => {
  const { token } = here.owner;
  const create = (over: object = {}, by = token): Promise<Answer> =>
    call(`POST /v1/projects/${here.projectId}/file-systems`, {
      token: by,
      json: { bucket_id: here.bucketId, region: 'local', ...over },
    });
  const createGateway = (over: object = {}, by = token): Promise<Answer> =>
    call('POST /v1/gateways', {
      token: by,
      json: {
        project_id: here.projectId,
        provider: 'local',
        region: 'local',
        type: 'local.standard',
        ...over,
      },
    });
  const idOf = async (made: Promise<Answer>, status: number): Promise<string> => {
    const answer = await made;
    expect([answer.status, answer.text]).toEqual([status, answer.text]);
    return answer.body.id;
  };
  return {
    create,
    createGateway,
    /** The id of a new file system. */
    made: (over?: object) => idOf(create(over), 201),
    /** The id of a new gateway. */
    madeGateway: (over?: object) => idOf(createGateway(over), 200),
    get: (id: string, by = token) => call(`GET /v1/file-systems/${id}`, { token: by }),
    getGateway: (id: string, by = token) => call(`GET /v1/gateways/${id}`, { token: by }),
    want: (id: string, desired_status: unknown, by = token) =>
      call(`PATCH /v1/file-systems/${id}`, { token: by, json: { desired_status } }),
    remove: (id: string, by = token) => call(`DELETE /v1/file-systems/${id}`, { token: by }),
    discard: (id: string, by = token, discard = 'true') =>
      call(`DELETE /v1/file-systems/${id}?discard=${discard}`, { token: by }),
    flush: (id: string, by = token) => call(`POST /v1/file-systems/${id}:flush`, { token: by }),
    attach: (gateway: string, file_system_id: string, by = token) =>
      call(`POST /v1/gateways/${gateway}:attach`, { token: by, json: { file_system_id } }),
    detach: (gateway: string, file_system_id: string, by = token) =>
      call(`POST /v1/gateways/${gateway}:detach`, { token: by, json: { file_system_id } }),
    removeGateway: (id: string, by = token) => call(`DELETE /v1/gateways/${id}`, { token: by }),
  };
};
export type FleetClient = ReturnType<typeof fleetOf>;

/** What `npm run admin -- grant` does. */
export const makePlatformAdmin = async ({ container }: TestApp, { id }: Person): Promise<void> => {
  const granted = await container
    .get(ports.accounts)
    .run((tx) =>
      tx.users.get(id as UserId).andThen((user) => tx.users.save({ ...user, platformAdmin: true })),
    );
  expect(granted.isOk()).toBe(true);
};

/** Leaves a project so many of a thing, by taking all others. */
export const leaveOnly = async (
  { container }: TestApp,
  projectId: string,
  feature: 'file_systems' | 'gateways',
  left: number,
): Promise<void> => {
  const taken = await container
    .get(ports.fleet)
    .run((tx) => tx.quota.take(projectId as never, feature, 100 - left, NOW));
  expect(taken.isOk()).toBe(true);
};
