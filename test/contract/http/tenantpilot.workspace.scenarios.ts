import { describe, expect, it } from 'vitest';
import { clientOf } from '../../support/client.js';
import { formsOf, formTo, linksOf } from './pages.surfer.js';
import { type Open, onStage, type Stage, signedInAgain, type Visitor } from './tenantpilot.rig.js';

const SETTINGS = '/admin/settings/workspace';

/** People at work in a workspace: which one, and its first steps. */
export const workspaceScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const call = () => clientOf(on.app);
  const nameFor = async (who: Visitor): Promise<string> => (await who.read(SETTINGS)).body.workspace?.name;
  const choose = async (who: Visitor, name: string, next = '') => {
    const page = await who.page(`/admin/switch?${new URLSearchParams({ next })}`);
    const { body } = await who.read('/admin/switch');
    const { id } = body.items.find((item: { name: string }) => item.name === name);
    const form = formsOf(page).find(({ fields }) => fields['workspace'] === String(id));
    return who.submit(form ?? formTo(page, /never/));
  };

  describe('a session', () => {
    it('is in the only workspace that its user has, and must choose where there are several', async () => {
      expect(await nameFor(on.owner)).toBe('Workspace <b>A</b>');
      const { token } = on.people.owner;
      await call()('POST /v1/projects', { token, json: { name: 'Workspace B' } });
      const led = await on.owner.page(`${SETTINGS}?x=1`);
      expect([led.status, led.location]).toEqual([
        303,
        `/admin/switch?next=${encodeURIComponent(`${SETTINGS}?x=1`)}`,
      ]);
      expect((await on.owner.read(SETTINGS)).status).toBe(404);
      expect((await on.owner.act('/admin/review-packs/actions/generate')).status).toBe(404);
      const chosen = await choose(on.owner, 'Workspace B', '/admin/review-packs');
      expect([chosen.status, chosen.location]).toEqual([303, '/admin/review-packs']);
      expect(await nameFor(on.owner)).toBe('Workspace B');
    });

    it('is in a workspace of its own choice: another session of the same user is not', async () => {
      const elsewhere = await signedInAgain(on, 'owner');
      expect((await elsewhere.page(SETTINGS)).status).toBe(303);
      await choose(elsewhere, 'Workspace <b>A</b>', 'https://evil.example/admin/x');
      expect([await nameFor(elsewhere), await nameFor(on.owner)]).toEqual([
        'Workspace <b>A</b>',
        'Workspace B',
      ]);
      const chosen = await choose(on.owner, 'Workspace <b>A</b>', '/app/elsewhere');
      expect(chosen.location).toBe(SETTINGS);
    });

    it('enters none that its user is no member of, and leaves the one they were put out of', async () => {
      const { body } = await on.stranger.read('/admin/switch');
      for (const workspace of [String(body.items[0].id), '999999999', '0', 'x', '']) {
        const refused = await on.owner.post('/admin/switch', { csrf: on.owner.csrf, workspace });
        expect([workspace, refused.status]).toEqual([workspace, 404]);
      }
      expect(await nameFor(on.owner)).toBe('Workspace <b>A</b>');
      expect((await on.member.page(SETTINGS)).status).toBe(403);
      const { token } = on.people.owner;
      const members = await call()(`GET /v1/projects/${on.projectId}/memberships`, { token });
      const { id } = members.body.items.find(
        ({ user_id }: { user_id: string }) => user_id === on.people.member.id,
      );
      expect((await call()(`DELETE /v1/projects/${on.projectId}/memberships/${id}`, { token })).status).toBe(
        204,
      );
      expect((await on.member.page(SETTINGS)).status).toBe(404);
      const none = await on.member.page('/admin/switch');
      expect(none.text).toContain('You are not a member of any workspace yet.');
    });

    it('turns the pages of a long list', async () => {
      const first = await on.owner.read('/admin/switch?page_size=1');
      expect(first.body.items).toHaveLength(1);
      const page = await on.owner.page('/admin/switch?page_size=1&next=/admin/review-packs');
      const on2 = linksOf(page).find((link) => link.includes('page_token')) ?? '';
      const second = await on.owner.page(on2);
      const { next, workspace } = formTo(second, /switch$/).fields;
      expect([next, workspace === String(first.body.items[0].id)]).toEqual(['/admin/review-packs', false]);
      expect((await on.owner.read('/admin/switch?page_token=x')).status).toBe(422);
    });
  });

  describe('the first steps', () => {
    const draft = () => `/admin/onboarding/${on.ids['onboardingDraft']}`;
    const posture = async (document: object) =>
      expect(
        (
          await on.operator.act(
            `/system/directory/workspaces/${on.ids['workspace']}/actions/update-subscription-truth`,
            document,
          )
        ).status,
      ).toBe(204);
    const override = (binary_value: number) =>
      call()(`PUT /v1/projects/${on.projectId}/entitlements/onboarding/override`, {
        token: on.people.operator.token,
        json: { binary_value, reason: 'a test' },
      });

    it('cannot end without the feature, nor while the posture blocks it: both say why, nothing is changed', async () => {
      const form = formTo(await on.owner.page(`${draft()}/complete`), /complete$/);
      expect((await override(0)).status).toBe(200);
      const without = await on.owner.act(`${draft()}/actions/complete`);
      expect([without.status, without.body]).toEqual([
        409,
        expect.objectContaining({
          kind: 'not_entitled',
          decision: expect.objectContaining({ feature: 'onboarding', outcome: 'block', source: 'override' }),
        }),
      ]);
      expect((await on.owner.submit(form)).status).toBe(409);
      expect((await override(1)).status).toBe(200);
      await posture({ state: 'ended', current_period_ends_at: '2026-01-10T00:00:00Z', status_reason: 'x' });
      const blocked = await on.owner.act(`${draft()}/actions/complete`);
      expect([blocked.status, blocked.body]).toEqual([
        409,
        expect.objectContaining({
          kind: 'lifecycle_blocked',
          message: expect.stringContaining('ended on 2026-01-10'),
          decision: expect.objectContaining({ lifecycle_state: 'suspended_read_only', outcome: 'block' }),
        }),
      ]);
      const page = await on.owner.submit(form);
      expect([page.status, page.text]).toEqual([409, expect.stringContaining('ended on 2026-01-10')]);
      expect(linksOf(await on.owner.page(draft()))).not.toContain(`${draft()}/complete`);
      expect(formsOf(await on.owner.page(`${draft()}/complete`)).map(({ action }) => action)).toEqual([
        '/sign-out',
      ]);
      expect((await on.owner.read(draft())).body.completed_at).toBeNull();
    });

    it('end once, in two steps on the page or in one by a program', async () => {
      await posture({ state: 'trial', trial_ends_at: '2026-01-20T00:00:00Z', status_reason: 'x' });
      const asked = await on.owner.page(`${draft()}/complete`);
      expect(asked.text).toContain('That is for good.');
      expect((await on.owner.read(draft())).body.completed_at).toBeNull();
      const done = await on.owner.follow(await on.owner.submit(formTo(asked, /complete$/)));
      expect(done.text).toContain('The onboarding is complete.');
      const { completed_at } = (await on.owner.read(draft())).body;
      expect(completed_at).toBe('2026-01-15T12:00:00.000Z');
      on.app.clock.advance(1_000);
      const again = await on.owner.act(`${draft()}/actions/complete`);
      expect([again.status, again.text]).toEqual([204, '']);
      expect((await on.owner.read(draft())).body.completed_at).toBe(completed_at);
    });
  });
};
