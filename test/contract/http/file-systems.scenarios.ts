import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { providersOf } from '../../../src/composition/providers.js';
import { ports } from '../../../src/composition/tokens.js';
import type { InstanceType } from '../../../src/domain/fleet/instance-type.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import type { NotEntitled } from '../../../src/ports/fleet/entitlements.js';
import { rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf, person, type World, world } from '../../support/client.js';
import { aRefusal } from '../../support/entitled.js';
import { type FleetClient, fleetOf, leaveOnly, makePlatformAdmin, settle } from './fleet.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

const refusal = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];
const fieldsIn = ({ body }: { body: { error: { details?: { field: string }[] } } }) =>
  (body.error.details ?? []).map(({ field }) => field);

const NOT_ENTITLED = errAsync<void, NotEntitled>({
  kind: 'not_entitled',
  reason: 'free projects run free instances',
  decision: aRefusal('paid_instances'),
});
const freeOnly = ({ freeTier }: InstanceType) =>
  freeTier ? okAsync<void, NotEntitled>(undefined) : NOT_ENTITLED;

/** File systems, as their users see them. */
export const fileSystemsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let fleet: FleetClient;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    fleet = fleetOf(call, here);
  });
  const elsewhere = async (options: Parameters<Open>[0]) => {
    const other = await open(options);
    const client = clientOf(other);
    const there = await world(other, client);
    return {
      other,
      client,
      there,
      fleet: fleetOf(client, there),
      leave: async () => {
        expect(other.complaints).toEqual([]);
        for (const line of other.answered) answered.add(line);
        await other.close();
      },
    };
  };
  const running = async (over?: object): Promise<string> => {
    const id = await fleet.made(over);
    await settle(app);
    expect((await fleet.get(id)).body.status).toBe('running');
    return id;
  };
  const freshBucket = async (name: string, region = 'local'): Promise<string> => {
    const { token } = here.owner;
    const made = await call(`POST /v1/projects/${here.projectId}/buckets`, { token, json: { name, region } });
    expect(made.status).toBe(201);
    return made.body.id;
  };

  describe('a file system', () => {
    it('is pending until it is served, and then says where', async () => {
      const made = await fleet.create();
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        project_id: here.projectId,
        bucket_id: here.bucketId,
        region: 'local',
        instance_type: 'local.standard',
        status: 'pending',
        desired_status: 'running',
        phase: 'queued',
        preload: false,
      });
      expect(Object.keys(made.body)).not.toContain('export');
      await settle(app);
      const { body } = await fleet.get(made.body.id);
      expect(body).toMatchObject({ status: 'running', phase: 'healthy', gateway_id: made.body.gateway_id });
      expect(body.export.webdav).toMatchObject({
        url: expect.stringMatching(/^http/),
        username: made.body.id,
      });
    });

    it('tells its password to members who ask for it, and in no other reply', async () => {
      const id = await running();
      const { password } = (await fleet.get(id, here.member.token)).body.export.webdav;
      expect(password.length).toBeGreaterThan(16);
      const { token } = here.owner;
      const others = [
        await call(`GET /v1/projects/${here.projectId}/file-systems`, { token }),
        await fleet.want(id, 'running'),
        await call(`PATCH /v1/file-systems/${id}`, { token, json: {} }),
      ];
      for (const { status, text } of others)
        expect([status, text.includes(password), text.includes(id)]).toEqual([200, false, true]);
      expect(JSON.stringify(app.said)).not.toContain(password);
      expect(await app.everyRow()).not.toContain(password);
    });

    it('can show a connection', async () => {
      const made = await fleet.create({ bucket_id: undefined, connection_id: here.connectionId });
      expect(made.body).toMatchObject({ connection_id: here.connectionId });
      expect(Object.keys(made.body)).not.toContain('bucket_id');
      await settle(app);
      expect((await fleet.get(made.body.id)).body.status).toBe('running');
    });

    it('runs on a free instance where none is asked for, wherever that stands in the list', async () => {
      const paidFirst = (container: TestApp['container']): void => {
        const working = container.get(ports.providers);
        const offers = () =>
          working.offers().map((offer) => ({ ...offer, instanceTypes: offer.instanceTypes.toReversed() }));
        rebind(container, ports.providers, { ...working, offers });
      };
      const stage = await elsewhere({ override: paidFirst });
      const [first] = (await stage.client('GET /v1/config')).body.aws_instance_types;
      expect(first).toMatchObject({ name: 'local.large', free_tier: false });
      expect((await stage.fleet.create()).body.instance_type).toBe('local.standard');
      await stage.leave();
    });

    it('runs on the instance type that was asked for, which is its gateway’s', async () => {
      const { body } = await fleet.create({ instance_type: 'local.large' });
      expect(body.instance_type).toBe('local.large');
      expect((await fleet.getGateway(body.gateway_id)).body).toMatchObject({
        type: 'local.large',
        auto: true,
      });
    });

    it('reads ahead when it was asked to', async () => {
      const { body } = await fleet.create({ preload: true });
      expect(body.preload).toBe(true);
      await settle(app);
      expect((await fleet.get(body.id)).body.phase).toBe('healthy');
      expect(app.gateways.calls).toContain('preload');
    });

    it('is made once, however often one request is sent', async () => {
      const headers = { 'idempotency-key': 'one-file-system' };
      const json = { bucket_id: here.bucketId, region: 'local' };
      const at = `POST /v1/projects/${here.projectId}/file-systems`;
      const { token } = here.owner;
      const [first, second] = [
        await call(at, { token, headers, json }),
        await call(at, { token, headers, json }),
      ];
      expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
      const other = await call(at, { token, headers, json: { ...json, preload: true } });
      expect(refusal(other)).toEqual([422, 'idempotency_key_reused']);
    });
  });

  describe('a request for a file system is refused', () => {
    it('with both sources, or with neither', async () => {
      const both = await fleet.create({ connection_id: here.connectionId });
      expect([...refusal(both), fieldsIn(both)]).toEqual([400, 'invalid_source', ['connection_id']]);
      const neither = await fleet.create({ bucket_id: undefined });
      expect([...refusal(neither), fieldsIn(neither)]).toEqual([400, 'invalid_source', ['bucket_id']]);
    });

    it('with a bucket or a connection of another project, as with one that nobody has', async () => {
      const stranger = here.stranger.token;
      const other = (await call('POST /v1/projects', { token: stranger, json: { name: 'Theirs' } })).body.id;
      const at = `POST /v1/projects/${other}/file-systems`;
      for (const [field, theirs] of [
        ['bucket_id', here.bucketId],
        ['connection_id', here.connectionId],
      ] as const) {
        const asked = (id: string) => call(at, { token: stranger, json: { [field]: id, region: 'local' } });
        const answers = [await asked(theirs), await asked(RANDOM_ID), await asked('not-an-id')];
        for (const answer of answers)
          expect([...refusal(answer), fieldsIn(answer)]).toEqual([404, 'source_not_found', [field]]);
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      }
    });

    it('for a region or an instance type that is not offered, saying which are', async () => {
      const region = await fleet.create({ region: 'moon-1' });
      expect([...refusal(region), fieldsIn(region)]).toEqual([400, 'unknown_region', ['region']]);
      expect(region.body.error.message).toContain('local');
      const type = await fleet.create({ instance_type: 't3.huge' });
      expect([...refusal(type), fieldsIn(type)]).toEqual([400, 'unknown_instance_type', ['instance_type']]);
      expect(type.body.error.message).toContain('local.standard, local.large');
    });

    it('for a bucket that is being deleted', async () => {
      const bucket = await freshBucket('going-away');
      await call(`DELETE /v1/buckets/${bucket}`, { token: here.owner.token });
      expect(refusal(await fleet.create({ bucket_id: bucket }))).toEqual([409, 'source_not_ready']);
    });

    it('beyond the quota, without a trace', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'Full' } })).body;
      const json = { name: 'the-bucket', region: 'local' };
      const bucket = (await call(`POST /v1/projects/${id}/buckets`, { token, json })).body.id;
      await leaveOnly(app, id, 'file_systems', 1);
      const ask = () =>
        call(`POST /v1/projects/${id}/file-systems`, { token, json: { bucket_id: bucket, region: 'local' } });
      expect([(await ask()).status, ...refusal(await ask())]).toEqual([201, 403, 'quota_exceeded']);
      const { items } = (await call(`GET /v1/projects/${id}/file-systems`, { token })).body;
      const gateways = (await call(`GET /v1/projects/${id}/gateways`, { token })).body.items;
      expect([items.length, gateways.length]).toEqual([1, 1]);
    });

    it('to members, who may read', async () => {
      const id = await fleet.made();
      const member = here.member.token;
      for (const answer of [
        await fleet.create({}, member),
        await fleet.want(id, 'stopped', member),
        await fleet.remove(id, member),
      ])
        expect(refusal(answer)).toEqual([403, 'forbidden']);
      expect((await fleet.get(id, member)).body.desired_status).toBe('running');
    });

    it('by the plan, with a reason and without a trace', async () => {
      const stage = await elsewhere({
        override: (container) =>
          rebind(container, ports.fleetEntitlements, { mayLaunch: (_account, type) => freeOnly(type) }),
      });
      const { there } = stage;
      const paid = await stage.fleet.create({ instance_type: 'local.large' });
      expect(refusal(paid)).toEqual([403, 'not_entitled']);
      expect(paid.body.error.message).toContain('free projects run free instances');
      const gateway = await stage.fleet.createGateway({ type: 'local.large' });
      expect(refusal(gateway)).toEqual([403, 'not_entitled']);
      for (const what of ['file-systems', 'gateways']) {
        const { token } = there.owner;
        expect(
          (await stage.client(`GET /v1/projects/${there.projectId}/${what}`, { token })).body.items,
        ).toEqual([]);
      }
      expect((await stage.fleet.create()).status).toBe(201);
      await stage.leave();
    });

    it('where no provider works, saying what is missing', async () => {
      const stage = await elsewhere({
        override: (container) => rebind(container, ports.providers, providersOf([])),
      });
      const config = (await stage.client('GET /v1/config')).body;
      expect(config.aws_instance_types).toEqual([]);
      expect(config.providers.map(({ name }: { name: string }) => name)).not.toContain('local');
      const answer = await stage.fleet.create();
      expect(refusal(answer)).toEqual([409, 'provider_not_configured']);
      expect(answer.body.error.message).toContain('rclone');
      await stage.leave();
    });
  });

  describe('the wish that a file system run or not', () => {
    it('shows at once, and the status follows when the world has', async () => {
      const id = await running();
      const asked = await fleet.want(id, 'stopped');
      expect([asked.status, asked.body.desired_status, asked.body.status]).toEqual([
        200,
        'stopped',
        'running',
      ]);
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'stopped', desired_status: 'stopped' });
      expect(Object.keys((await fleet.get(id)).body)).not.toContain('export');
      await fleet.want(id, 'running');
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'running', desired_status: 'running' });
    });

    it('changes nothing when it is what is wished already, or is not said', async () => {
      const id = await running();
      const before = await fleet.get(id);
      const events = async () =>
        (await app.container.get(ports.eventFeed).since([{ stream: id, after: 0 }]))._unsafeUnwrap().length;
      const told = await events();
      expect((await fleet.want(id, 'running')).status).toBe(200);
      expect((await fleet.want(id, undefined)).status).toBe(200);
      await settle(app);
      expect((await fleet.get(id)).text).toBe(before.text);
      expect(await events()).toBe(told);
    });

    it('converges to the last one, however quickly they follow each other', async () => {
      const id = await running();
      for (const desired of ['stopped', 'running', 'stopped']) await fleet.want(id, desired);
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'stopped', desired_status: 'stopped' });
      await Promise.all(['running', 'stopped', 'running'].map((desired) => fleet.want(id, desired)));
      const last = (await fleet.get(id)).body.desired_status;
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: last, desired_status: last });
    });

    it('needs a provider, the plan and the quota again when it is to run', async () => {
      const now = { provided: true, entitled: true };
      const stage = await elsewhere({
        override: (container) => {
          const [working, none] = [container.get(ports.providers), providersOf([])];
          const those = () => (now.provided ? working : none);
          rebind(container, ports.providers, {
            offers: () => those().offers(),
            get: (name) => those().get(name),
          });
          const mayLaunch = () => (now.entitled ? okAsync<void, NotEntitled>(undefined) : NOT_ENTITLED);
          rebind(container, ports.fleetEntitlements, { mayLaunch });
        },
      });
      const id = await stage.fleet.made();
      const gateway = (await stage.fleet.get(id)).body.gateway_id;
      await settle(stage.other);
      expect((await stage.fleet.detach(gateway, id)).status).toBe(204);
      await settle(stage.other);
      expect((await stage.fleet.get(id)).body).toMatchObject({ status: 'stopped', phase: 'detached' });
      const run = async () => refusal(await stage.fleet.want(id, 'running'));
      now.provided = false;
      expect(await run()).toEqual([409, 'provider_not_configured']);
      now.provided = true;
      now.entitled = false;
      expect(await run()).toEqual([403, 'not_entitled']);
      now.entitled = true;
      await leaveOnly(stage.other, stage.there.projectId, 'gateways', 0);
      expect(await run()).toEqual([403, 'quota_exceeded']);
      expect((await stage.fleet.get(id)).body.desired_status).toBe('stopped');
      await stage.leave();
    });

    it('is not heard once the file system is being deleted', async () => {
      const id = await running();
      expect((await fleet.remove(id)).status).toBe(204);
      expect(refusal(await fleet.want(id, 'running'))).toEqual([409, 'file_system_terminating']);
    });
  });

  describe('flushing', () => {
    it('sends what was written to the bucket', async () => {
      const id = await running();
      expect(app.gateways.write(id, 3)).toBe(true);
      const before = app.gateways.delivered(id);
      const asked = await fleet.flush(id, here.member.token);
      expect([asked.status, asked.text]).toEqual([202, '']);
      await app.drain();
      expect(app.gateways.delivered(id)).toBe(before + 3);
    });

    it('is for file systems that run', async () => {
      const id = await fleet.made();
      const answer = await fleet.flush(id);
      expect(refusal(answer)).toEqual([409, 'file_system_not_running']);
      expect(answer.body.error.message).toContain('pending');
    });

    it('is not mistaken for a file system of another name', async () => {
      const { token } = here.owner;
      const id = await fleet.made();
      expect((await call(`GET /v1/file-systems/${id}:flush`, { token })).status).toBe(405);
      expect((await call(`POST /v1/file-systems/${id}:unknown`, { token })).status).toBe(404);
      expect((await call(`GET /v1/file-systems/${id}:unknown`, { token })).status).toBe(404);
    });
  });

  describe('deleting a file system', () => {
    it('brings home what it holds, and then lets its bucket go', async () => {
      const bucket = await freshBucket('held');
      const { token } = here.owner;
      const id = await running({ bucket_id: bucket });
      app.gateways.write(id, 2);
      const held = await call(`DELETE /v1/buckets/${bucket}`, { token });
      expect(refusal(held)).toEqual([409, 'bucket_mounted']);
      expect((await fleet.remove(id)).status).toBe(204);
      expect((await fleet.get(id)).body.status).toBe('terminating');
      expect((await fleet.remove(id)).status).toBe(204);
      await settle(app);
      expect(app.gateways.delivered(id)).toBe(2);
      expect((await fleet.get(id)).status).toBe(404);
      expect((await fleet.remove(id)).status).toBe(404);
      expect((await call(`DELETE /v1/buckets/${bucket}`, { token })).status).toBe(204);
    });

    it('comes before deleting the connection that it shows, and its project', async () => {
      const stage = await elsewhere({});
      const { there, client } = stage;
      const { token } = there.owner;
      const id = await stage.fleet.made({ bucket_id: undefined, connection_id: there.connectionId });
      const remove = () => client(`DELETE /v1/connections/${there.connectionId}`, { token });
      expect(refusal(await remove())).toEqual([409, 'connection_mounted']);
      expect(refusal(await client(`DELETE /v1/projects/${there.projectId}`, { token }))).toEqual([
        409,
        'project_not_empty',
      ]);
      await stage.fleet.remove(id);
      await settle(stage.other);
      expect((await remove()).status).toBe(204);
      await stage.leave();
    });
  });

  describe('discarding what is not in the bucket', () => {
    it('lets a file system go that its source takes nothing from, and its connection and project after it', async () => {
      const stage = await elsewhere({});
      const { there, client, other } = stage;
      const { token } = there.owner;
      const id = await stage.fleet.made({ bucket_id: undefined, connection_id: there.connectionId });
      await settle(other);
      expect(other.gateways.write(id, 2)).toBe(true);
      other.gateways.jam(id);
      for (let tries = 0; tries < 2; tries += 1) {
        expect((await stage.fleet.remove(id)).status).toBe(204);
        expect((await stage.fleet.discard(id, token, 'false')).status).toBe(204);
        await settle(other);
        expect((await stage.fleet.get(id)).body).toMatchObject({ status: 'terminating', phase: 'draining' });
        other.clock.advance(11 * MINUTE);
        await settle(other);
        expect((await stage.fleet.get(id)).body.status).toBe('failed');
      }
      const connection = () => client(`DELETE /v1/connections/${there.connectionId}`, { token });
      expect(refusal(await connection())).toEqual([409, 'connection_mounted']);
      expect(refusal(await stage.fleet.discard(id, there.member.token))).toEqual([403, 'forbidden']);
      expect(refusal(await stage.fleet.discard(id, there.stranger.token))).toEqual([404, 'not_found']);
      expect(refusal(await stage.fleet.discard(id, token, 'yes'))).toEqual([400, 'invalid_request']);
      expect((await stage.fleet.get(id)).body.status).toBe('failed');
      const asked = await stage.fleet.discard(id);
      expect([asked.status, asked.text]).toEqual([204, '']);
      expect((await stage.fleet.get(id)).body).toMatchObject({ status: 'terminating', phase: 'discarding' });
      expect((await stage.fleet.discard(id)).status).toBe(204);
      await settle(other);
      expect((await stage.fleet.discard(id)).status).toBe(404);
      expect([other.gateways.instances(), other.gateways.delivered(id)]).toEqual([[], 0]);
      expect((await connection()).status).toBe(204);
      expect((await client(`DELETE /v1/buckets/${there.bucketId}`, { token })).status).toBe(204);
      await settle(other);
      expect((await client(`DELETE /v1/projects/${there.projectId}`, { token })).status).toBe(204);
      await stage.leave();
    });
  });

  describe('lists of file systems', () => {
    it('are those of the project, page by page', async () => {
      const stage = await elsewhere({});
      const { there, client } = stage;
      const made = [await stage.fleet.made(), await stage.fleet.made(), await stage.fleet.made()];
      const { token } = there.member;
      const at = `GET /v1/projects/${there.projectId}/file-systems`;
      const seen: string[] = [];
      for (let next = ''; ; ) {
        const { body } = await client(`${at}?page_size=2${next}`, { token });
        expect(body.items.length).toBeLessThanOrEqual(2);
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        if (body.next_page_token === undefined) break;
        next = `&page_token=${encodeURIComponent(body.next_page_token)}`;
      }
      expect(seen.sort()).toEqual(made.sort());
      expect(refusal(await client(`${at}?page_token=abc`, { token }))).toEqual([400, 'invalid_page_token']);
      await stage.leave();
    });

    it('are of all projects for platform admins, and for nobody else', async () => {
      const stage = await elsewhere({});
      const { there, client, other } = stage;
      const admin = await person(client);
      const { token } = admin;
      const project = (await client('POST /v1/projects', { token, json: { name: 'Ours' } })).body.id;
      const json = { name: 'ours', region: 'local' };
      const bucketId = (await client(`POST /v1/projects/${project}/buckets`, { token, json })).body.id;
      const ours = await fleetOf(client, { projectId: project, bucketId, owner: admin }).made();
      const theirs = await Promise.all(Array.from({ length: 21 }, () => stage.fleet.made()));
      const all = (query: string, by = token) => client(`GET /v1/file-systems${query}`, { token: by });
      expect(refusal(await all(''))).toEqual([403, 'forbidden']);
      await makePlatformAdmin(other, admin);
      const first = await all('');
      expect([first.status, first.body.items.length]).toEqual([200, 20]);
      const rest = await all(`?page_token=${encodeURIComponent(first.body.next_page_token)}&page_size=100`);
      const seen = [...first.body.items, ...rest.body.items].map(({ id }: { id: string }) => id);
      expect(seen.sort()).toEqual([ours, ...theirs].sort());
      expect((await all('?page_size=1')).body.items).toHaveLength(1);
      expect((await all('?page_size=101')).status).toBe(400);
      expect((await all('?page_token=abc')).status).toBe(400);
      const keyOf = async (over: object) =>
        (await client('POST /v1/api-keys', { token, json: { name: 'k', ...over } })).body.key;
      expect((await all('', await keyOf({}))).status).toBe(200);
      expect((await all('', await keyOf({ project_id: project }))).status).toBe(403);
      expect((await all('', there.owner.token)).status).toBe(403);
      await stage.leave();
    });
  });
};
