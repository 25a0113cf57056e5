import { expect } from 'vitest';
import { SECOND } from '../../../src/domain/shared/time.js';
import { person } from '../../support/client.js';
import type { Outside, Process } from '../../support/crash.js';
import { newKey, projectOf } from './accounts.operations.js';
import type { Operation } from './trial.js';

/** A project with a bucket to show. */
const bucketOf = async (process: Process) => {
  const owner = await person(process.call);
  const projectId = await projectOf(process, owner);
  const { token } = owner;
  const json = { name: 'files', region: 'local' };
  const made = await process.call(`POST /v1/projects/${projectId}/buckets`, {
    token,
    json,
    headers: newKey(),
  });
  expect(made.body.status).toBe('active');
  return { token, projectId, bucketId: String(made.body.id) };
};

const asked = (token: string, bucketId: string) => ({
  token,
  json: { bucket_id: bucketId, region: 'local', instance_type: 'local.large' },
  headers: newKey(),
});

/** The same with a file system that runs, and files on it that are not in the bucket yet. */
const running = async (process: Process, { rows, gateways }: Outside) => {
  const there = await bucketOf(process);
  const { token, projectId, bucketId } = there;
  const made = await process.call(`POST /v1/projects/${projectId}/file-systems`, asked(token, bucketId));
  expect([made.status, made.text]).toEqual([201, made.text]);
  const id = String(made.body.id);
  await process.drain();
  expect(await rows('file_systems', { id })).toMatchObject([{ status: 'running', phase: 'healthy' }]);
  expect(gateways.write(id, 3)).toBe(true);
  return { ...there, id };
};

const instancesOf = async ({ rows, gateways }: Outside, accountId: string) => {
  const mine = (await rows('gateways', { accountId })).map(({ id }) => id);
  return gateways.instances().filter(({ ref }) => mine.includes(gateways.gatewayOf(ref)));
};

/** Time goes by with all steps that become due in it. */
const later = async (process: Process, { clock }: Outside) => {
  for (let i = 0; i < 4; i += 1) {
    clock.advance(2 * SECOND);
    await process.drain();
  }
};

/** Nothing is left that other trials in the same world would have to look after. */
const cleared = async (process: Process, outside: Outside, token: string, id: string) => {
  expect((await process.call(`DELETE /v1/file-systems/${id}`, { token })).status).toBe(204);
  await later(process, outside);
  expect(await outside.rows('file_systems', { id })).toMatchObject([{ phase: 'deleted' }]);
};

const createFileSystem: Operation = {
  name: 'creating a file system',
  least: 60,
  passing: [
    'fleetEntitlements.mayLaunch',
    'sources.access',
    'fleet tx.mounts.mount',
    'fleet tx.fileSystems.add',
    'fleet tx.gateways.add',
    'gatewayLeases.claim',
    'fleet tx.gateways.fence',
    'provider.instances.ensure',
    'provider.instances.observe',
    'provider.control.exports',
    'fleet tx.intervals.open',
    'gatewayLeases.release',
  ],
  prepare: async (process, outside) => {
    const { token, projectId, bucketId } = await bucketOf(process);
    const request = asked(token, bucketId);
    return {
      send: ({ call }) => call(`POST /v1/projects/${projectId}/file-systems`, request),
      due: () => 201,
      done: async (to, { body }) => {
        await later(to, outside);
        expect(await outside.rows('file_systems', { accountId: projectId })).toMatchObject([
          { id: body.id, status: 'running', phase: 'healthy' },
        ]);
        expect(await instancesOf(outside, projectId)).toMatchObject([{ state: 'running' }]);
        expect(await outside.rows('file_system_intervals', { fileSystemId: body.id })).toHaveLength(1);
        expect(outside.gateways.write(body.id, 1)).toBe(true);
        const refused = await to.call(`DELETE /v1/buckets/${bucketId}`, { token });
        expect([refused.status, refused.body.error.code]).toEqual([409, 'bucket_mounted']);
        await cleared(to, outside, token, body.id);
      },
    };
  },
};

const stopFileSystem: Operation = {
  name: 'stopping a file system',
  least: 30,
  passing: [
    'fleet tx.fileSystems.save',
    'fleet tx.gateways.wake',
    'provider.control.drain',
    'provider.control.dirty',
    'provider.instances.stop',
  ],
  prepare: async (process, outside) => {
    const { token, id, projectId } = await running(process, outside);
    return {
      send: ({ call }) =>
        call(`PATCH /v1/file-systems/${id}`, { token, json: { desired_status: 'stopped' } }),
      due: () => 200,
      done: async (to) => {
        await later(to, outside);
        expect(await outside.rows('file_systems', { id })).toMatchObject([{ status: 'stopped' }]);
        expect(outside.gateways.delivered(id)).toBe(3);
        expect(await instancesOf(outside, projectId)).toMatchObject([{ state: 'stopped' }]);
        const hours = await outside.rows('file_system_intervals', { fileSystemId: id });
        expect(hours.map(({ endedAt }) => typeof endedAt)).toEqual(['number']);
        await cleared(to, outside, token, id);
      },
    };
  },
};

const deleteFileSystem: Operation = {
  name: 'deleting a file system',
  least: 60,
  passing: [
    'provider.control.drain',
    'provider.control.exports',
    'provider.instances.terminate',
    'fleet tx.intervals.close',
    'fleet tx.mounts.unmount',
    'fleet tx.quota.release',
  ],
  prepare: async (process, outside) => {
    const { token, id, projectId, bucketId } = await running(process, outside);
    const phase = async () => (await outside.rows('file_systems', { id }))[0]?.['phase'];
    return {
      send: ({ call }) => call(`DELETE /v1/file-systems/${id}`, { token }),
      due: async () => ((await phase()) === 'deleted' ? 404 : 204),
      done: async (to) => {
        await later(to, outside);
        expect(await phase()).toBe('deleted');
        expect(outside.gateways.delivered(id)).toBe(3);
        expect(await instancesOf(outside, projectId)).toEqual([]);
        expect((await to.call(`GET /v1/file-systems/${id}`, { token })).status).toBe(404);
        expect((await to.call(`DELETE /v1/buckets/${bucketId}`, { token })).status).toBe(204);
        await to.drain();
        expect((await to.call(`DELETE /v1/projects/${projectId}`, { token })).status).toBe(204);
      },
    };
  },
};

const discardFileSystem: Operation = {
  name: 'discarding a file system whose bucket takes nothing',
  least: 30,
  passing: [
    'fleet tx.fileSystems.save',
    'fleet tx.gateways.wake',
    'provider.control.discard',
    'provider.instances.terminate',
    'fleet tx.intervals.close',
    'fleet tx.mounts.unmount',
    'fleet tx.quota.release',
  ],
  prepare: async (process, outside) => {
    const { token, id, projectId, bucketId } = await running(process, outside);
    outside.gateways.jam(id);
    expect((await process.call(`DELETE /v1/file-systems/${id}`, { token })).status).toBe(204);
    await later(process, outside);
    const phase = async () => (await outside.rows('file_systems', { id }))[0]?.['phase'];
    expect(await phase()).toBe('draining');
    return {
      send: ({ call }) => call(`DELETE /v1/file-systems/${id}?discard=true`, { token }),
      due: async () => ((await phase()) === 'deleted' ? 404 : 204),
      done: async (to) => {
        await later(to, outside);
        expect(await phase()).toBe('deleted');
        expect(await instancesOf(outside, projectId)).toEqual([]);
        expect(outside.gateways.delivered(id)).toBe(0);
        const hours = await outside.rows('file_system_intervals', { fileSystemId: id });
        expect(hours.map(({ endedAt }) => typeof endedAt)).toEqual(['number']);
        expect((await to.call(`DELETE /v1/buckets/${bucketId}`, { token })).status).toBe(204);
        await to.drain();
        expect((await to.call(`DELETE /v1/projects/${projectId}`, { token })).status).toBe(204);
      },
    };
  },
};

export const fleetOperations = [createFileSystem, stopFileSystem, deleteFileSystem, discardFileSystem];
