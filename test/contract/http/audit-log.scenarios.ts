import { describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ActorKind } from '../../../src/ports/shared/audit.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Entitled, entitledOf, refused } from './entitlements.rig.js';
import { type Open, onStage } from './rig.js';

/** Who did what, from where, and what it was before. */
export const auditLogScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let to: Entitled;
  onStage(open, answered, async (...staged) => {
    [app, call, here] = staged;
    to = entitledOf(app, call, here);
    await to.administer();
  });
  const log = (query = '', by = here.admin.token, headers = {}) =>
    to.get(to.project(`audit-log${query}`), by, headers);

  describe('the audit log', () => {
    it('tells who changed what and when, from which network, with what was before and after', async () => {
      await to.override('tokens_issued', { usage_limit: 1, reason: 'First' });
      app.clock.advance(MINUTE);
      const changed = await to.override('tokens_issued', { usage_limit: 2, reason: '=HYPERLINK("x")' });
      const { status, body } = await log('?page_size=1', here.owner.token);
      expect([status, body.items]).toMatchObject([
        200,
        [
          {
            id: expect.any(String),
            at: iso(plus(NOW, MINUTE)),
            actor: { kind: 'platform_admin', id: here.owner.id },
            actor_kind: 'merchant_user',
            action: 'override.set',
            target: here.projectId,
            network: '127.0.0.0/24',
            request_id: changed.headers.get('x-request-id'),
            data: {
              feature: 'tokens_issued',
              before: { limit: 1, reason: 'First' },
              after: { limit: 2, reason: '=HYPERLINK("x")' },
            },
          },
        ],
      ]);
      const next = await log(`?page_size=1&page_token=${body.next_page_token}`, here.owner.token);
      expect(next.body.items[0].data.after).toMatchObject({ limit: 1 });
      expect(refused(await log('?page_token=x'))).toEqual([400, 'invalid_page_token', 'page_token']);
    });

    it('has what was refused, with the decision, and what a key did', async () => {
      const key = (await to.post('api-keys', { name: 'worker', role: 'admin', project_id: here.projectId }))
        .body;
      const over = await to.reserve({ feature: 'tokens_issued', amount: 3 }, {}, key.key);
      expect(over.status).toBe(403);
      const [entry] = (await log()).body.items;
      expect(entry).toMatchObject({
        actor: { kind: 'api_key', id: key.id },
        action: 'entitlement.refused',
        data: { feature: 'tokens_issued', outcome: 'block', reason: 'limit_reached', limit: 2, used: 0 },
      });
    });

    it('is a table for those who accept CSV, with the way to its next page', async () => {
      const accept = { accept: 'text/csv' };
      const { status, text, headers } = await log('?page_size=2', here.owner.token, accept);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
      expect(headers.get('content-disposition')).toBe(
        `attachment; filename="audit-log-${here.projectId}.csv"`,
      );
      const [header, first, second, end, ...rest] = text.split('\r\n');
      expect(header).toBe(
        'at,actor_kind,actor,actor_id,action,target,network,request_id,before,after,data,id',
      );
      expect(first).toContain(',entitlement.refused,');
      expect(second).toContain(
        `,merchant_user,platform_admin,${here.owner.id},override.set,${here.projectId},127.0.0.0/24,`,
      );
      expect(second).toContain('""limit"":1');
      expect([end, rest]).toEqual(['', []]);
      const [, path] = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
      const page = await call(`GET ${path}`, { token: here.admin.token, headers: accept });
      expect(page.text.split('\r\n')[1]).toContain('override.set');
      expect((await log('?page_size=1000', here.admin.token, accept)).headers.get('link')).toBeNull();
    });

    it('tells on whose side of the till they stand who did it, of whatever kind they are', async () => {
      await to.onPlan('Audited');
      const [entry] = (await log()).body.items.filter(
        ({ action }: { action: string }) => action === 'subscription.status',
      );
      expect(entry).toMatchObject({
        actor: { kind: 'webhook' },
        actor_kind: 'webhook_processor',
        data: { to: 'active' },
      });
      const told = async (kind: ActorKind) => {
        const accountId = here.projectId as AccountId;
        const deed = { accountId, actor: { kind }, action: 'deed', target: kind, requestId: 'r', at: NOW };
        const noted = await app.container.get(ports.storage).run((tx) => tx.audit.record(deed));
        expect(noted.isOk()).toBe(true);
        const [{ actor, actor_kind }] = (await log('?page_size=1')).body.items;
        const { text } = await log('?page_size=1', here.admin.token, { accept: 'text/csv' });
        expect([actor.kind, text]).toEqual([kind, expect.stringContaining(`,${actor_kind},${kind},,deed,`)]);
        return actor_kind;
      };
      expect([await told('organization_client'), await told('anonymous'), await told('system')]).toEqual([
        'merchant_user',
        'subscriber',
        'system',
      ]);
    });

    it('tells nobody but the platform who of it did something, from where, and what they wrote to one another', async () => {
      // The owner runs the platform; an admin of the project does not, nor does a key of the owner's for this project.
      await to.override('tokens_issued', { usage_limit: 2, reason: 'Between us' });
      const json = { name: 'confined', role: 'admin', project_id: here.projectId };
      const confined = (await to.post('api-keys', json)).body.key;
      const hidden = [here.owner.id, '127.0.0.0/24', 'Between us'];
      const shown = (text = '') => hidden.filter((one) => text.includes(one));
      const entry = async (by: string) =>
        (await log('?page_size=10', by)).body.items.find(
          ({ action }: { action: string }) => action === 'override.set',
        );
      expect(shown(JSON.stringify(await entry(here.owner.token)))).toEqual(hidden);
      for (const by of [here.admin.token, confined]) {
        const seen = await entry(by);
        expect(seen).toMatchObject({
          actor: { kind: 'platform_admin' },
          target: here.projectId,
          data: { feature: 'tokens_issued', after: { limit: 2 } },
        });
        expect(shown(JSON.stringify(seen))).toEqual([]);
        const table = (await log('?page_size=10', by, { accept: 'text/csv' })).text.split('\r\n');
        const row = table.find((line) => line.includes(',override.set,'));
        expect([row?.includes(',platform_admin,,'), shown(row)]).toEqual([true, []]);
      }
      // What its own people did is told whole.
      const own = (await log('?page_size=50', here.admin.token)).body.items.find(
        ({ action }: { action: string }) => action === 'bucket.create',
      );
      expect(own).toMatchObject({ actor: { kind: 'user', id: here.owner.id }, network: '127.0.0.0/24' });
    });

    it('is for admins of the project alone', async () => {
      expect((await log('', here.member.token)).status).toBe(403);
      expect((await log('', here.stranger.token)).status).toBe(404);
      const other = (await call('POST /v1/projects', { token: to.token, json: { name: 'Other' } })).body.id;
      const { body } = await to.get(`projects/${other}/audit-log`);
      expect(JSON.stringify(body)).not.toContain(here.projectId);
    });
  });
};
