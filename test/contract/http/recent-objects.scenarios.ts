import { describe, expect, it } from 'vitest';
import { MAX_AGE } from '../../../src/application/shared/recent.js';
import { ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { BucketStatus } from '../../../src/domain/storage/bucket.js';
import { prefix } from '../../../src/domain/storage/object-key.js';
import type { TestApp } from '../../support/app.js';
import { type Client, codeFor, join, person, type World } from '../../support/client.js';
import { type Open, onStage } from './rig.js';

/** Whoever reads and writes objects of a bucket may be known from up to 250 ms ago; nobody else is. */
export const recentObjectsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const objects = (bucket = here.bucketId) => `/v1/buckets/${bucket}/objects`;
  const read = async (token: string, bucket = here.bucketId, key = 'a/file.txt') =>
    (await call(`GET ${objects(bucket)}/download?key=${key}`, { token })).status;
  const write = async (token: string, bucket = here.bucketId, key = 'written') =>
    (await call(`PUT ${objects(bucket)}?key=${key}`, { token, bytes: 'content' })).status;
  const owned = (path: string, json?: unknown) =>
    call(path, { token: here.owner.token, ...(json !== undefined && { json }) });
  const newBucket = async (name: string): Promise<string> => {
    const made = await owned(`POST /v1/projects/${here.projectId}/buckets`, { name, region: 'local' });
    expect([made.status, made.body.status]).toEqual([201, 'active']);
    return made.body.id;
  };
  /** Before, until 250 ms later, and from then on. */
  const around = async (look: () => Promise<readonly number[]>, change: () => Promise<unknown>) => {
    const before = await look();
    await change();
    app.clock.advance(MAX_AGE - 1);
    const within = await look();
    app.clock.advance(1);
    return { before, within, after: await look() };
  };
  const accountId = () => here.projectId as AccountId;
  const LET_IN = [200, 204];

  describe('pages of what lies behind a connection', () => {
    const listed = async (token: string) =>
      (await call(`GET /v1/connections/${here.connectionId}/objects`, { token })).status;

    it('are shut to a revoked key 250 ms later, and to a stranger always', async () => {
      const { id, key } = (await owned('POST /v1/api-keys', { name: 'reader', project_id: here.projectId }))
        .body;
      const seen = await around(
        async () => [await listed(key), await listed(here.stranger.token)],
        () => owned(`DELETE /v1/api-keys/${id}`),
      );
      expect(seen).toEqual({ before: [200, 404], within: [200, 404], after: [401, 404] });
    });

    it('are of no connection that is gone', async () => {
      expect(await listed(here.owner.token)).toBe(200);
      expect((await owned(`DELETE /v1/connections/${here.connectionId}`)).status).toBe(204);
      expect(await listed(here.owner.token)).toBe(404);
    });
  });

  describe('objects of buckets', () => {
    it('are shut to a revoked key 250 ms later', async () => {
      const json = { name: 'short-lived', project_id: here.projectId };
      const { id, key } = (await owned('POST /v1/api-keys', json)).body;
      const look = async () => [await read(key), await write(key)];
      const seen = await around(look, () => owned(`DELETE /v1/api-keys/${id}`));
      expect(seen).toEqual({ before: LET_IN, within: LET_IN, after: [401, 401] });
    });

    it('are shut to a former member 250 ms later', async () => {
      const { id, token } = await join(app, call, here.projectId, here.owner, 'member');
      const { items } = (await owned(`GET /v1/projects/${here.projectId}/memberships`)).body;
      const membership = items.find(({ user_id }: { user_id: string }) => user_id === id);
      const seen = await around(
        async () => [await read(token), await write(token)],
        async () =>
          expect(
            (await owned(`DELETE /v1/projects/${here.projectId}/memberships/${membership.id}`)).status,
          ).toBe(204),
      );
      expect(seen).toEqual({ before: LET_IN, within: LET_IN, after: [404, 404] });
    });

    it('are deleted and listed by nobody who was shut out a moment ago', async () => {
      const json = { name: 'revoked', project_id: here.projectId };
      const { id, key } = (await owned('POST /v1/api-keys', json)).body;
      expect(await read(key)).toBe(200);
      await owned(`DELETE /v1/api-keys/${id}`);
      for (const at of [`GET ${objects()}`, `DELETE ${objects()}?key=a/file.txt`])
        expect([at, (await call(at, { token: key })).status]).toEqual([at, 401]);
      expect(await read(here.owner.token)).toBe(200);
    });

    it('are never open to somebody else because they were to a member a moment ago', async () => {
      expect([await read(here.member.token), await write(here.member.token)]).toEqual(LET_IN);
      for (const token of [here.stranger.token, (await person(call)).token])
        expect([await read(token), await write(token)]).toEqual([404, 404]);
      expect(await read(`${here.member.token}x`)).toBe(401);
    });

    it('are open at once to whom they were shut a moment ago', async () => {
      const { token, email } = await person(call);
      expect([await read(token), await write(token)]).toEqual([404, 404]);
      await owned(`POST /v1/projects/${here.projectId}/memberships`, { email, role: 'member' });
      const json = { token: await codeFor(app, email, /invited/) };
      expect((await call('POST /v1/invitations:accept', { token, json })).status).toBe(200);
      expect([await read(token), await write(token)]).toEqual(LET_IN);
    });

    it('can be used as soon as their bucket can', async () => {
      const bucket = await newBucket('not-yet');
      const become = (status: BucketStatus) =>
        app.container
          .get(ports.storage)
          .run(({ buckets }) =>
            buckets.get(accountId(), bucket).andThen((current) => buckets.save({ ...current, status })),
          );
      expect((await become('pending')).isOk()).toBe(true);
      expect(await write(here.owner.token, bucket)).toBe(409);
      expect((await become('active')).isOk()).toBe(true);
      expect(await write(here.owner.token, bucket)).toBe(204);
    });

    it('come and go for 250 ms more in a bucket that is being deleted, and none stays', async () => {
      const bucket = await newBucket('doomed');
      const { token } = here.owner;
      const reader = app.container.get(ports.storageReaders);
      const { bucketName } = (await reader.bucket(accountId(), bucket))._unsafeUnwrap().bucket;
      const look = async () => [await write(token, bucket), await read(token, bucket, 'written')];
      const seen = await around(look, () => owned(`DELETE /v1/buckets/${bucket}`));
      expect(seen).toEqual({ before: [204, 200], within: [204, 200], after: [409, 409] });
      await app.drain();
      const store = app.container.get(ports.objects);
      expect((await store.list(bucketName, { prefix: prefix('')._unsafeUnwrap(), limit: 10 })).isErr()).toBe(
        true,
      );
    });
  });
};
