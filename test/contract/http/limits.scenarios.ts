import { beforeEach, describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { HOUR, iso, plus } from '../../../src/domain/shared/time.js';
import type { TestApp } from '../../support/app.js';
import { type Answer, type Client, connectionJson, freshEmail, type World } from '../../support/client.js';
import { allowed, override } from '../../support/entitled.js';
import { type FleetClient, fleetOf, settle } from './fleet.rig.js';
import { type Open, onStage } from './rig.js';

type Row = Readonly<Record<string, unknown>>;

/** What a limit refuses, whatever it is a limit of. */
export const limitsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let fleet: FleetClient;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    fleet = fleetOf(call, here);
  });
  const limit = (feature: string, to: number | boolean) => {
    const entitlements = app.container.get(ports.entitlements);
    const says = typeof to === 'number' ? allowed(to) : allowed(null, { granted: to });
    app.clock.advance(1_000);
    return override({ entitlements }, here.projectId as AccountId, feature, says);
  };
  const held = async (feature: string): Promise<number> => {
    (await app.container.get(ports.storageMetering).tally.flush())._unsafeUnwrap();
    const facts = await app.container
      .get(ports.entitlementReaders)
      .facts(here.projectId as AccountId, app.clock.now(), [feature]);
    return Number(facts._unsafeUnwrap().features.get(feature)?.held);
  };
  const rows = async (): Promise<readonly string[]> =>
    (JSON.parse(await app.everyRow()) as Row[])
      // How often somebody asked is counted whatever they are told.
      .filter((row) => !('points' in row))
      .map((row) => JSON.stringify(row));
  /** Rows that are there after something and were not before it. */
  const left = async (deed: () => Promise<unknown>): Promise<readonly Row[]> => {
    const before = new Set(await rows());
    await deed();
    return (await rows()).filter((row) => !before.has(row)).map((row) => JSON.parse(row) as Row);
  };
  const post = (path: string, json: object): Promise<Answer> =>
    call(`POST /v1/${path}`, { token: here.owner.token, json });
  const inProject = (path: string) => `projects/${here.projectId}/${path}`;
  const put = (key: string): Promise<Answer> =>
    call(`PUT /v1/buckets/${here.bucketId}/objects?key=${key}`, { token: here.member.token, bytes: 'hello' });
  const newKey = (more = {}) => post('api-keys', { name: 'A key', project_id: here.projectId, ...more });

  const RESOURCES: readonly (readonly [string, number, string, () => Promise<Answer>])[] = [
    ['buckets', 403, 'quota_exceeded', () => post(inProject('buckets'), { name: 'more', region: 'local' })],
    ['connections', 403, 'quota_exceeded', () => post(inProject('connections'), connectionJson('more'))],
    [
      'members',
      403,
      'quota_exceeded',
      () => post(inProject('memberships'), { email: freshEmail(), role: 'member' }),
    ],
    ['file_systems', 403, 'quota_exceeded', () => fleet.create()],
    ['running_file_systems', 403, 'quota_exceeded', () => fleet.create()],
    ['gateways', 403, 'quota_exceeded', () => fleet.createGateway()],
    ['api_keys', 403, 'quota_exceeded', () => newKey()],
    ['storage_bytes', 507, 'storage_quota_exceeded', () => put('more')],
    ['objects', 507, 'storage_quota_exceeded', () => put('more')],
  ];

  describe('a limit', () => {
    it.each(RESOURCES)(
      'of %s refuses one more with its decision, and leaves one row',
      async (feature, status, code, ask) => {
        const used = await held(feature);
        await limit(feature, used);
        let answer: Answer | undefined;
        const after = await left(async () => {
          answer = await ask();
        });
        const decision = { feature, outcome: 'block', reason: 'limit_reached', limit: used, used };
        expect([answer?.status, answer?.body.error.code]).toEqual([status, code]);
        expect(answer?.body.error.details).toEqual({
          ...decision,
          source: 'override',
          remaining: 0,
          resets_at: null,
          as_of: expect.any(String),
        });
        expect(after).toHaveLength(1);
        expect(after[0]).toMatchObject({
          action: 'entitlement.refused',
          target: here.projectId,
          data: decision,
        });
        await limit(feature, 1_000);
      },
    );

    it('of an override that says no to paid instances refuses those, and not the free ones', async () => {
      await limit('paid_instances', false);
      for (const ask of [fleet.create, fleet.createGateway]) {
        const answers: Answer[] = [];
        const type = { instance_type: 'local.large', type: 'local.large' };
        const after = await left(async () => answers.push(await ask(type)));
        expect(
          answers.map(({ status, body }) => [status, body.error.code, body.error.details.reason]),
        ).toEqual([[403, 'not_entitled', 'not_granted']]);
        expect(after.map(({ action, data }) => [action, data])).toEqual([
          [
            'entitlement.refused',
            { feature: 'paid_instances', outcome: 'block', reason: 'not_granted', limit: null, used: 0 },
          ],
        ]);
      }
      expect((await fleet.createGateway()).status).toBe(200);
      await limit('paid_instances', true);
      expect((await fleet.createGateway({ type: 'local.large' })).status).toBe(200);
    });

    it('of an override that says no to paid instances keeps free file systems off those that are there', async () => {
      await limit('paid_instances', true);
      const gateway = await fleet.madeGateway({ type: 'local.large' });
      const id = await fleet.made();
      const { gateway_id: own } = (await fleet.get(id)).body;
      await settle(app);
      await fleet.detach(own, id);
      await settle(app);
      await limit('paid_instances', false);
      const answers: Answer[] = [];
      const after = await left(async () => answers.push(await fleet.attach(gateway, id)));
      expect(answers.map(({ status, body }) => [status, body.error.code, body.error.details.reason])).toEqual(
        [[403, 'not_entitled', 'not_granted']],
      );
      expect(after.map(({ action }) => action)).toEqual(['entitlement.refused']);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'stopped', desired_status: 'stopped' });
      await limit('paid_instances', true);
      expect((await fleet.attach(gateway, id)).status).toBe(204);
      await settle(app);
      expect((await fleet.get(id)).body).toMatchObject({ status: 'running', gateway_id: gateway });
    });

    it('below what there is takes nothing away: what is there works on, and can be made less', async () => {
      const used = await held('objects');
      await put('kept');
      expect(await held('objects')).toBe(used + 1);
      await limit('objects', 1);
      const refused = await put('another');
      expect([refused.status, refused.body.error.details]).toMatchObject([507, { limit: 1, used: used + 1 }]);
      expect((await put('kept')).status).toBe(204);
      const at = `/v1/buckets/${here.bucketId}/objects`;
      const got = await call(`GET ${at}/download?key=kept`, { token: here.member.token });
      expect([got.status, got.text]).toEqual([200, 'hello']);
      const gone = await call(`DELETE ${at}?key=kept`, { token: here.member.token });
      expect([gone.status, await held('objects')]).toEqual([204, used]);
      await limit('objects', 1_000);
    });
  });

  describe('what is given back', () => {
    beforeEach(() => limit('paid_instances', true));

    it('is the place of a key that is revoked, or has expired', async () => {
      await limit('api_keys', 1_000);
      const used = await held('api_keys');
      const soon = iso(plus(app.clock.now(), HOUR));
      const [first, second] = [await newKey({ expires_at: soon }), await newKey()];
      expect([first.status, second.status, await held('api_keys')]).toEqual([201, 201, used + 2]);
      await limit('api_keys', used + 2);
      expect((await newKey()).status).toBe(403);
      const { token } = here.owner;
      expect((await call(`DELETE /v1/api-keys/${second.body.id}`, { token })).status).toBe(204);
      expect(await held('api_keys')).toBe(used + 1);
      expect((await newKey()).status).toBe(201);
      app.clock.advance(HOUR);
      expect((await newKey()).status).toBe(201);
      expect([(await newKey()).status, await held('api_keys')]).toEqual([403, used + 2]);
      expect((await call(`DELETE /v1/api-keys/${first.body.id}`, { token })).status).toBe(204);
      expect(await held('api_keys')).toBe(used + 2);
    });

    it('is the place of a file system that is stopped, detached or deleted, and nobody else runs on it', async () => {
      await limit('running_file_systems', 1_000);
      const used = await held('running_file_systems');
      const [one, other] = [await fleet.made(), await fleet.made()];
      await settle(app);
      await limit('running_file_systems', used + 2);
      expect((await fleet.create()).status).toBe(403);
      expect((await fleet.want(one, 'stopped')).status).toBe(200);
      await settle(app);
      expect(await held('running_file_systems')).toBe(used + 1);
      const third = await fleet.made();
      const back = await fleet.want(one, 'running');
      expect([back.status, back.body.error.details.feature]).toEqual([403, 'running_file_systems']);
      const gateway = await fleet.madeGateway();
      const attached = await fleet.attach(gateway, one);
      expect([attached.status, attached.body.error.code]).toEqual([403, 'quota_exceeded']);
      expect((await fleet.detach((await fleet.get(other)).body.gateway_id, other)).status).toBe(204);
      expect((await fleet.attach(gateway, one)).status).toBe(204);
      expect(await held('running_file_systems')).toBe(used + 2);
      for (const id of [one, other, third]) expect((await fleet.remove(id)).status).toBeLessThan(300);
      await settle(app);
      expect(await held('running_file_systems')).toBe(used);
    });
  });
};
