import { describe, expect, it } from 'vitest';
import { systemDigest } from '../../../src/adapters/system/digest.js';
import type { TestApp } from '../../support/app.js';
import { type Client, person, type World } from '../../support/client.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

/** Clients of an organization, as those see them who make and revoke them. */
export const organizationClientsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const at = (projectId = here.projectId) => `/v1/projects/${projectId}/organization-clients`;
  const create = (token: string, json: object = { name: 'A client' }) =>
    call(`POST ${at()}`, { token, json });
  const list = async (token: string) => (await call(`GET ${at()}`, { token })).body.items;
  const revoke = (token: string, clientId: string, projectId = here.projectId) =>
    call(`DELETE ${at(projectId)}/${clientId}`, { token });
  const keyOf = async (token: string, scopes: readonly string[]): Promise<string> =>
    (await call('POST /v1/api-keys', { token, json: { name: 'k', scopes } })).body.key;

  describe('clients of an organization', () => {
    it('are made, listed and revoked by its admins; the secret is shown once and kept as a digest', async () => {
      const { token } = here.admin;
      const made = await create(token, { name: ' Reports ' });
      expect(made.status).toBe(201);
      const { client_secret: secret, ...client } = made.body;
      expect(client).toEqual({
        client_id: expect.stringMatching(/^sa_[0-9a-f-]{36}$/),
        project_id: here.projectId,
        name: 'Reports',
        scopes: [],
        created_at: expect.any(String),
      });
      expect(secret).toMatch(/^sas_[A-Za-z0-9_-]{43}$/);
      expect(await list(token)).toEqual([client]);
      const rows = await app.everyRow();
      expect(rows).not.toContain(secret);
      expect(rows).toContain(systemDigest.sha256(secret));
      expect((await revoke(token, client.client_id)).status).toBe(204);
      expect(await list(token)).toEqual([]);
      expect((await revoke(token, client.client_id)).status).toBe(404);
      const after = await app.everyRow();
      for (const fact of ['created', 'revoked']) expect(after).toContain(`"organization_client.${fact}"`);
      for (const deed of ['create', 'revoke']) expect(after).toContain(`"organization_client.${deed}"`);
    });

    it('are shown page by page', async () => {
      const { token } = here.owner;
      const ids: string[] = [];
      for (const name of ['one', 'two', 'three']) ids.push((await create(token, { name })).body.client_id);
      const first = await call(`GET ${at()}?page_size=2`, { token });
      const next = first.body.next_page_token;
      const second = await call(`GET ${at()}?page_size=2&page_token=${next}`, { token });
      const seen = [...first.body.items, ...second.body.items];
      expect(seen.map(({ client_id }: { client_id: string }) => client_id)).toEqual(ids);
      expect(second.body.next_page_token).toBeUndefined();
      const forged = await call(`GET ${at()}?page_token=x`, { token });
      expect([forged.status, forged.body.error.code]).toEqual([400, 'invalid_page_token']);
      for (const id of ids) await revoke(token, id);
    });

    it('may cost money only when an owner says so, or a key of theirs that was given it', async () => {
      const json = { name: 'Buys', scopes: ['billing'] };
      const refused = await create(here.admin.token, json);
      expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
      const keysOnly = await create(await keyOf(here.owner.token, ['keys']), json);
      expect([keysOnly.status, keysOnly.body.error.code]).toEqual([403, 'forbidden']);
      const both = await keyOf(here.owner.token, ['keys', 'billing']);
      for (const token of [here.owner.token, both]) {
        const made = await create(token, json);
        expect([made.status, made.body.scopes]).toEqual([201, ['billing']]);
        expect((await revoke(here.admin.token, made.body.client_id)).status).toBe(204);
      }
      const unknown = await create(here.owner.token, { name: 'n', scopes: ['everything'] });
      expect([unknown.status, unknown.body.error.details[0].field]).toEqual([400, 'scopes.0']);
    });

    it('are out of reach of members, and of admins of another organization', async () => {
      const { client_id } = (await create(here.owner.token)).body;
      expect((await create(here.member.token)).status).toBe(403);
      expect((await call(`GET ${at()}`, { token: here.member.token })).status).toBe(403);
      expect((await revoke(here.member.token, client_id)).status).toBe(403);
      const other = await person(call);
      const json = { name: 'Theirs' };
      const theirs = (await call('POST /v1/projects', { token: other.token, json })).body.id;
      for (const id of [client_id, `sa_${RANDOM_ID}`])
        expect((await revoke(other.token, id, theirs)).status).toBe(404);
      expect(await list(here.owner.token)).toHaveLength(1);
      await revoke(here.owner.token, client_id);
    });

    it('cannot be made in a project that is deleted at that moment', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'P' } })).body;
      const json = { name: 'A client' };
      const [made, deleted] = await Promise.all([
        call(`POST ${at(id)}`, { token, json }),
        call(`DELETE /v1/projects/${id}`, { token }),
      ]);
      expect(deleted.status).toBe(204);
      expect([201, 404]).toContain(made.status);
      expect((await call(`GET ${at(id)}`, { token })).status).toBe(404);
    });
  });
};
