import { describe, expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { type Client, person, type World } from '../../support/client.js';
import { type FleetClient, fleetOf, leaveOnly, settle } from './fleet.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

const refusal = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];
const fieldsIn = ({ body }: { body: { error: { details?: { field: string }[] } } }) =>
  (body.error.details ?? []).map(({ field }) => field);

/** Gateways, as their users see them. */
export const gatewaysScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let fleet: FleetClient;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    fleet = fleetOf(call, here);
  });
  const stopped = async (): Promise<{ id: string; gateway: string }> => {
    const id = await fleet.made();
    const { gateway_id: gateway } = (await fleet.get(id)).body;
    await fleet.want(id, 'stopped');
    await settle(app);
    expect((await fleet.get(id)).body.status).toBe('stopped');
    return { id, gateway };
  };
  const detached = async (): Promise<string> => {
    const { id, gateway } = await stopped();
    expect((await fleet.detach(gateway, id)).status).toBe(204);
    await settle(app);
    expect((await fleet.get(id)).body.phase).toBe('detached');
    return id;
  };

  describe('a gateway', () => {
    it('runs, whether or not anything is attached to it', async () => {
      const made = await fleet.createGateway({ type: 'local.large' });
      expect(made.status).toBe(200);
      expect(made.body).toMatchObject({
        project_id: here.projectId,
        provider: 'local',
        region: 'local',
        type: 'local.large',
        replicas: 0,
        status: 'pending',
        desired_status: 'running',
        phase: 'queued',
        auto: false,
      });
      await settle(app);
      expect((await fleet.getGateway(made.body.id, here.member.token)).body).toMatchObject({
        replicas: 1,
        status: 'running',
        phase: 'ready',
      });
    });

    it('is made once, however often one request is sent', async () => {
      const { token } = here.owner;
      const json = {
        project_id: here.projectId,
        provider: 'local',
        region: 'local',
        type: 'local.standard',
      };
      const once = { token, json, headers: { 'idempotency-key': 'one-gateway' } };
      const [first, second] = [await call('POST /v1/gateways', once), await call('POST /v1/gateways', once)];
      expect([first.status, second.status, second.body.id]).toEqual([200, 200, first.body.id]);
      const other = await call('POST /v1/gateways', { ...once, json: { ...json, type: 'local.large' } });
      expect(refusal(other)).toEqual([422, 'idempotency_key_reused']);
    });

    it('is listed with those that were made for file systems', async () => {
      const [id, file] = [await fleet.madeGateway(), await fleet.made()];
      const auto = (await fleet.get(file)).body.gateway_id;
      const { token } = here.member;
      const at = `GET /v1/projects/${here.projectId}/gateways`;
      const seen: string[] = [];
      for (let next = ''; ; ) {
        const { body } = await call(`${at}?page_size=3${next}`, { token });
        expect(body.items.length).toBeLessThanOrEqual(3);
        seen.push(...body.items.map((one: { id: string }) => one.id));
        if (body.next_page_token === undefined) break;
        next = `&page_token=${encodeURIComponent(body.next_page_token)}`;
      }
      expect(seen).toEqual(expect.arrayContaining([id, auto]));
      expect(new Set(seen).size).toBe(seen.length);
      expect((await fleet.getGateway(auto)).body).toMatchObject({ id: auto, auto: true });
      expect(refusal(await call(`${at}?page_token=abc`, { token }))).toEqual([400, 'invalid_page_token']);
    });

    it('is not mistaken for what is done with it', async () => {
      const id = await fleet.madeGateway();
      const { token } = here.owner;
      expect((await call(`GET /v1/gateways/${id}:attach`, { token })).status).toBe(405);
      expect((await call(`DELETE /v1/gateways/${id}:detach`, { token })).status).toBe(405);
      expect((await call(`POST /v1/gateways/${id}:unknown`, { token })).status).toBe(404);
    });
  });

  describe('a request for a gateway is refused', () => {
    it('for another’s project, for none, and to members who are not admins, after its fields', async () => {
      for (const project_id of [RANDOM_ID, 'not-an-id'])
        expect(refusal(await fleet.createGateway({ project_id }))).toEqual([404, 'not_found']);
      const stranger = await fleet.createGateway({}, here.stranger.token);
      expect(refusal(stranger)).toEqual([404, 'not_found']);
      expect(refusal(await fleet.createGateway({}, here.member.token))).toEqual([403, 'forbidden']);
      const early = await fleet.createGateway({ type: 7 }, here.stranger.token);
      expect([...refusal(early), fieldsIn(early)]).toEqual([400, 'invalid_request', ['type']]);
    });

    it('by a key of another project, or of too little right', async () => {
      const { token } = here.owner;
      const keyOf = async (over: object) =>
        (await call('POST /v1/api-keys', { token, json: { name: 'k', ...over } })).body.key;
      const other = (await call('POST /v1/projects', { token, json: { name: 'Other' } })).body.id;
      expect((await fleet.createGateway({}, await keyOf({ project_id: other }))).status).toBe(404);
      const capped = await keyOf({ project_id: here.projectId, role: 'member' });
      expect((await fleet.createGateway({}, capped)).status).toBe(403);
      expect((await fleet.createGateway({}, await keyOf({ project_id: here.projectId }))).status).toBe(200);
    });

    it('where the provider, the region or the type cannot be had, saying what can', async () => {
      const aws = await fleet.createGateway({ provider: 'aws', type: 't3.small' });
      expect(refusal(aws)).toEqual([409, 'provider_not_configured']);
      expect(aws.body.error.message).toContain('aws');
      const region = await fleet.createGateway({ region: 'moon-1' });
      expect([...refusal(region), fieldsIn(region)]).toEqual([400, 'unknown_region', ['region']]);
      const type = await fleet.createGateway({ type: 't3.huge' });
      expect([...refusal(type), fieldsIn(type)]).toEqual([400, 'unknown_instance_type', ['type']]);
      const provider = await fleet.createGateway({ provider: 'azure' });
      expect([...refusal(provider), fieldsIn(provider)]).toEqual([400, 'invalid_request', ['provider']]);
    });

    it('beyond the quota', async () => {
      const { token } = await person(call);
      const project_id = (await call('POST /v1/projects', { token, json: { name: 'Full' } })).body.id;
      await leaveOnly(app, project_id, 'gateways', 1);
      expect((await fleet.createGateway({ project_id }, token)).status).toBe(200);
      const beyond = await fleet.createGateway({ project_id }, token);
      expect(refusal(beyond)).toEqual([403, 'quota_exceeded']);
    });
  });

  describe('attaching', () => {
    it('has a gateway serve file systems beside each other', async () => {
      const gateway = await fleet.madeGateway({ type: 'local.large' });
      const ids = [await detached(), await detached()];
      for (const id of ids) {
        const attached = await fleet.attach(gateway, id);
        expect([attached.status, attached.text]).toEqual([204, '']);
      }
      await settle(app);
      for (const id of ids)
        expect((await fleet.get(id)).body).toMatchObject({
          status: 'running',
          desired_status: 'running',
          gateway_id: gateway,
          instance_type: 'local.large',
        });
      expect((await fleet.attach(gateway, ids[0] ?? '')).status).toBe(204);
    });

    it('takes a stopped file system off the gateway that was made for it, which goes', async () => {
      const { id, gateway: old } = await stopped();
      const gateway = await fleet.madeGateway();
      expect((await fleet.attach(gateway, id)).status).toBe(204);
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'running', gateway_id: gateway });
      expect((await fleet.getGateway(old)).status).toBe(404);
    });

    it('does not take a file system away from another gateway', async () => {
      const gateway = await fleet.madeGateway();
      const id = await fleet.made();
      const own = (await fleet.get(id)).body.gateway_id;
      await settle(app);
      expect(refusal(await fleet.attach(gateway, id))).toEqual([409, 'file_system_attached']);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'running', gateway_id: own });
    });

    it('is for file systems and gateways of one project', async () => {
      const gateway = await fleet.madeGateway();
      const other = await person(call);
      const { token } = other;
      const projectId = (await call('POST /v1/projects', { token, json: { name: 'Theirs' } })).body.id;
      const json = { name: 'theirs', region: 'local' };
      const bucketId = (await call(`POST /v1/projects/${projectId}/buckets`, { token, json })).body.id;
      const theirs = fleetOf(call, { projectId, bucketId, owner: other });
      const id = await theirs.made();
      const answers = await Promise.all(
        [id, RANDOM_ID, 'not-an-id'].map((one) => fleet.attach(gateway, one)),
      );
      for (const answer of answers) expect(refusal(answer)).toEqual([404, 'not_found']);
      expect((await theirs.attach(gateway, id)).status).toBe(404);
      expect((await theirs.get(id)).body.status).toBe('pending');
    });

    it('is for admins, and not for a gateway that is being deleted', async () => {
      const gateway = await fleet.madeGateway();
      const id = await detached();
      const { token } = here.member;
      expect(refusal(await fleet.attach(gateway, id, token))).toEqual([403, 'forbidden']);
      expect(refusal(await fleet.detach(gateway, id, token))).toEqual([403, 'forbidden']);
      await settle(app);
      await fleet.removeGateway(gateway);
      expect(refusal(await fleet.attach(gateway, id))).toEqual([409, 'gateway_terminating']);
    });
  });

  describe('detaching', () => {
    it('brings home what the gateway holds, and leaves the others alone', async () => {
      const gateway = await fleet.madeGateway();
      const [leaving, staying] = [await detached(), await detached()];
      for (const id of [leaving, staying]) await fleet.attach(gateway, id);
      await settle(app);
      app.gateways.write(leaving, 2);
      const answer = await fleet.detach(gateway, leaving);
      expect([answer.status, answer.text]).toEqual([204, '']);
      await settle(app);
      expect(app.gateways.delivered(leaving)).toBe(2);
      const { body } = await fleet.get(leaving);
      expect(body).toMatchObject({ status: 'stopped', phase: 'detached', desired_status: 'stopped' });
      expect(Object.keys(body)).not.toContain('gateway_id');
      expect((await fleet.get(staying)).body).toMatchObject({ status: 'running', gateway_id: gateway });
      expect((await fleet.getGateway(gateway)).body.status).toBe('running');
      expect(refusal(await fleet.detach(gateway, leaving))).toEqual([409, 'file_system_not_attached']);
    });

    it('ends a gateway that was made for the one that leaves; to run again, it gets another', async () => {
      const id = await fleet.made();
      const { gateway_id: gateway } = (await fleet.get(id)).body;
      await settle(app);
      await fleet.detach(gateway, id);
      await settle(app);
      expect((await fleet.getGateway(gateway)).status).toBe(404);
      const again = await fleet.want(id, 'running');
      expect([again.status, again.body.gateway_id === gateway]).toEqual([200, false]);
      await settle(app);
      expect((await fleet.get(id)).body.status).toBe('running');
    });

    it('knows only file systems of the project', async () => {
      const gateway = await fleet.madeGateway();
      for (const id of [RANDOM_ID, 'not-an-id'])
        expect(refusal(await fleet.detach(gateway, id))).toEqual([404, 'not_found']);
    });
  });

  describe('deleting a gateway', () => {
    it('waits until nothing is attached to it', async () => {
      const gateway = await fleet.madeGateway();
      const id = await detached();
      await fleet.attach(gateway, id);
      await settle(app);
      expect(refusal(await fleet.removeGateway(gateway))).toEqual([409, 'gateway_in_use']);
      await fleet.detach(gateway, id);
      await settle(app);
      expect(refusal(await fleet.removeGateway(gateway, here.member.token))).toEqual([403, 'forbidden']);
      expect((await fleet.removeGateway(gateway)).status).toBe(204);
      await settle(app);
      expect((await fleet.getGateway(gateway)).status).toBe(404);
      expect(app.gateways.exportsOf(gateway)).toEqual([]);
    });
  });
};
