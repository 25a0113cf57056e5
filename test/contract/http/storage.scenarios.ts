import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { MAX_AGE } from '../../../src/application/shared/recent.js';
import { ports } from '../../../src/composition/tokens.js';
import { rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf, person, type World } from '../../support/client.js';
import { type Open, onStage } from './rig.js';

/** Buckets, as their users see them. */
export const storageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const objects = (query: string, bucket = here.bucketId) => `/v1/buckets/${bucket}/objects${query}`;

  describe('buckets', () => {
    const create = (json: unknown, token = here.owner.token) =>
      call(`POST /v1/projects/${here.projectId}/buckets`, { token, json });

    it('is active at once, and shows its secret to those who may hand it on', async () => {
      const made = await create({ name: 'with-secret', region: 'local' });
      expect(made.body).toMatchObject({
        name: 'with-secret',
        provider: 'managed',
        region: 'local',
        status: 'active',
      });
      const asAdmin = await call(`GET /v1/buckets/${made.body.id}`, { token: here.admin.token });
      expect(asAdmin.body.secret_access_key).toBe(made.body.secret_access_key);
      const asMember = await call(`GET /v1/buckets/${made.body.id}`, { token: here.member.token });
      expect([asMember.status, asMember.text.includes(made.body.secret_access_key)]).toEqual([200, false]);
      const list = await call(`GET /v1/projects/${here.projectId}/buckets`, { token: here.owner.token });
      expect(list.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id);
      expect(list.text).not.toContain(made.body.secret_access_key);
    });

    it('refuses names and regions that cannot be, naming the field', async () => {
      for (const name of [
        'ab',
        'Upper',
        'under_score',
        '-edge',
        'edge.',
        'a..b',
        '192.168.1.1',
        'xn--a',
        'review-packs',
        'x'.repeat(64),
      ]) {
        const answer = await create({ name, region: 'local' });
        expect([name, answer.status, answer.body.error.details[0].field]).toEqual([name, 400, 'name']);
      }
      const region = await create({ name: 'somewhere', region: 'moon-1' });
      expect([region.status, region.body.error.details[0].field]).toEqual([400, 'region']);
    });

    it('keeps names apart within a project and not beyond it', async () => {
      expect((await create({ name: 'twice', region: 'local' })).status).toBe(201);
      const again = await create({ name: 'twice', region: 'local' });
      expect([again.status, again.body.error.code]).toEqual([409, 'bucket_name_taken']);
      const other = await person(call);
      const { id } = (await call('POST /v1/projects', { token: other.token, json: { name: 'P' } })).body;
      const json = { name: 'twice', region: 'local' };
      expect((await call(`POST /v1/projects/${id}/buckets`, { token: other.token, json })).status).toBe(201);
    });

    it('is pending while the store does not answer, and active when the job has made it', async () => {
      const slow = await open({
        override: (container) => {
          const store = container.get(ports.objects);
          let calls = 0;
          rebind(container, ports.objects, {
            ...store,
            createBucket: (name) => {
              calls += 1;
              return calls === 1
                ? errAsync({ kind: 'unavailable', dependency: 'store', cause: 'first call' })
                : store.createBucket(name);
            },
          });
        },
      });
      const client = clientOf(slow);
      const { token } = await person(client);
      const { id } = (await client('POST /v1/projects', { token, json: { name: 'P' } })).body;
      const json = { name: 'slow', region: 'local' };
      const made = await client(`POST /v1/projects/${id}/buckets`, { token, json });
      expect([made.status, made.body.status]).toEqual([201, 'pending']);
      const early = await client(`PUT /v1/buckets/${made.body.id}/objects?key=k`, { token, bytes: 'x' });
      expect([early.status, early.body.error.code]).toEqual([409, 'bucket_not_active']);
      slow.clock.advance(31_000);
      await slow.drain();
      expect((await client(`GET /v1/buckets/${made.body.id}`, { token })).body.status).toBe('active');
      for (const line of slow.answered) answered.add(line);
      await slow.close();
    });

    it('deletes its objects and then itself, and frees its name and its place in the quota', async () => {
      const { id } = (await create({ name: 'short-lived', region: 'local' })).body;
      const { token } = here.owner;
      for (const key of ['a', 'b/c']) await call(`PUT ${objects(`?key=${key}`, id)}`, { token, bytes: key });
      expect((await call(`DELETE /v1/buckets/${id}`, { token })).status).toBe(204);
      expect((await call(`GET /v1/buckets/${id}`, { token })).body.status).toBe('deleting');
      expect((await call(`DELETE /v1/buckets/${id}`, { token })).status).toBe(204);
      const conflict = async (...those: readonly string[]) => {
        for (const at of those) expect([at, (await call(at, { token })).status]).toEqual([at, 409]);
      };
      await conflict(`GET ${objects('', id)}`, `DELETE ${objects('?key=a', id)}`);
      app.clock.advance(MAX_AGE);
      await conflict(`GET ${objects('/download?key=a', id)}`, `PUT ${objects('?key=a', id)}`);
      await app.drain();
      expect((await call(`GET /v1/buckets/${id}`, { token })).status).toBe(404);
      expect((await create({ name: 'short-lived', region: 'local' })).status).toBe(201);
    });

    it('stops at the project’s quota', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'Full' } })).body;
      const seen: number[] = [];
      for (let i = 0; i < 21; i += 1)
        seen.push(
          (
            await call(`POST /v1/projects/${id}/buckets`, {
              token,
              json: { name: `b-${i}`, region: 'local' },
            })
          ).status,
        );
      expect(seen).toEqual([...Array(20).fill(201), 403]);
      const list = await call(`GET /v1/projects/${id}/buckets?page_size=7`, { token });
      expect([list.body.items.length, typeof list.body.next_page_token]).toEqual([7, 'string']);
      const forged = await call(`GET /v1/projects/${id}/buckets?page_token=abc`, { token });
      expect(forged.status).toBe(400);
    });
  });
};
