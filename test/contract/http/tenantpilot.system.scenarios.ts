import { describe, expect, it } from 'vitest';
import { DAY } from '../../../src/domain/shared/time.js';
import { formsOf, formTo, linksOf } from './pages.surfer.js';
import { postureScenarios } from './tenantpilot.postures.scenarios.js';
import { type Open, onStage, type Stage, signedInAgain } from './tenantpilot.rig.js';

const DIRECTORY = '/system/directory/workspaces';
const PERIOD = {
  current_period_starts_at: '2026-01-01T00:00:00Z',
  current_period_ends_at: '2026-02-01T00:00:00Z',
};

/** How the platform says how a workspace stands, and where that is seen. */
export const systemScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const page = () => `${DIRECTORY}/${on.ids['workspace']}`;
  const act = (deed: string, document: unknown, who = on.operator) =>
    who.act(`${page()}/actions/${deed}`, document);
  const assert = (document: object) => act('update-subscription-truth', document);
  const fieldsOf = ({ body }: { body: { problems: { field: string }[] } }) =>
    body.problems.map(({ field }) => field);

  describe('the platform', () => {
    it('finds all workspaces, page by page, as a page and as a document', async () => {
      const first = await on.viewer.read(`${DIRECTORY}?page_size=1`);
      expect(first.body.items).toEqual([{ id: Number(on.ids['workspace']), name: 'Workspace <b>A</b>' }]);
      const token = encodeURIComponent(first.body.next_page_token);
      const rest = await on.viewer.read(`${DIRECTORY}?page_token=${token}`);
      expect(rest.body.items).toEqual([{ id: expect.any(Number), name: 'Workspace Z' }]);
      expect((await on.viewer.read(`${DIRECTORY}?page_token=x`)).status).toBe(422);
      const seen = await on.viewer.page(DIRECTORY);
      expect(seen.text).toContain('<bdi>Workspace &lt;b&gt;A&lt;/b&gt;</bdi>');
      expect(linksOf(seen)).toContain(page());
    });

    it('sets by hand how a workspace stands that has no record', async () => {
      expect((await act('change-commercial-state', { state: 'paused', reason: 'x' })).body).toMatchObject({
        problems: [{ field: 'state', message: expect.stringContaining('grace') }],
      });
      const blank = await act('change-commercial-state', { state: 'grace', reason: ' ' });
      expect([blank.status, fieldsOf(blank)]).toEqual([422, ['reason']]);
      const set = await act('change-commercial-state', { state: 'suspended_read_only', reason: 'a debt' });
      expect([set.status, set.text]).toEqual([204, '']);
      expect((await on.operator.read(page())).body).toMatchObject({
        source: 'workspace_setting',
        fallback_status: true,
        subscription_present: false,
        derived_lifecycle_state: 'suspended_read_only',
        last_changed_by: on.people.operator.email,
      });
      expect((await on.operator.page(page())).text).toContain('a debt');
      expect((await on.owner.read('/admin/settings/workspace')).body).toMatchObject({
        source: 'workspace_setting',
        outcome: 'block',
      });
    });

    it('does the same in two steps on the page, of which the first changes nothing', async () => {
      const form = formTo(await on.operator.page(page()), /commercial-state$/);
      const asked = `${form.action}?${new URLSearchParams({ commercial_state: 'active_paid', reason: 'it <paid>' })}`;
      const before = await on.operator.read(page());
      const review = await on.operator.page(asked);
      expect(review.text).toMatch(/Suspended, read only.*will be.*Active.*it &lt;paid&gt;/s);
      expect((await on.operator.read(page())).body).toEqual(before.body);
      const done = await on.operator.follow(await on.operator.submit(formTo(review, /commercial-state$/)));
      expect(done.text).toContain('The commercial state is set.');
      expect(done.text).toContain('it &lt;paid&gt;');
      for (const wrong of [
        { commercial_state: 'x', reason: 'y' },
        { commercial_state: 'grace', reason: '' },
      ]) {
        const refused = await on.operator.page(`${form.action}?${new URLSearchParams(wrong)}`);
        expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('aria-invalid="true"')]);
        const { csrf } = on.operator;
        const sent = await on.operator.post(form.action, { ...wrong, csrf, expected: '2' });
        expect([sent.status, sent.text]).toEqual([422, expect.stringContaining('aria-invalid="true"')]);
      }
    });

    it('sets nothing over what somebody else has set since the first step', async () => {
      const form = formTo(await on.operator.page(page()), /commercial-state$/);
      const typed = new URLSearchParams({ commercial_state: 'trial', reason: 'as agreed' });
      const confirm = formTo(await on.operator.page(`${form.action}?${typed}`), /commercial-state$/);
      const other = await act('change-commercial-state', { state: 'suspended_read_only', reason: 'fraud' });
      expect(other.status).toBe(204);
      const late = await on.operator.submit(confirm);
      expect([late.status, late.text]).toEqual([
        409,
        expect.stringContaining('Somebody changed this meanwhile'),
      ]);
      expect((await on.operator.read(page())).body.derived_lifecycle_state).toBe('suspended_read_only');
      const anew = formTo(await on.operator.page(`${form.action}?${typed}`), /commercial-state$/);
      expect((await on.operator.submit(anew)).status).toBe(303);
      expect((await act('change-commercial-state', { state: 'active_paid', reason: 'x' })).status).toBe(204);
    });

    it('shows who may only look no form to change anything', async () => {
      const seen = await on.viewer.page(page());
      expect([seen.status, formsOf(seen).map(({ action }) => action)]).toEqual([200, ['/sign-out']]);
      expect(seen.text).toContain('You may look at this, and change nothing.');
    });
  });

  describe('a record', () => {
    it.each([
      [{ state: 'paused', status_reason: 'x' }, ['state']],
      [{ status_reason: 'x' }, ['state']],
      [{ state: 'trial', status_reason: 'x' }, ['trial_ends_at']],
      [{ state: 'trial', trial_ends_at: '2026-01-20T00:00:00Z' }, ['status_reason']],
      [{ state: 'trial', trial_ends_at: 'soon', status_reason: 7 }, ['status_reason', 'trial_ends_at']],
      [{ state: 'trial', trial_ends_at: '2026-01-15T12:00:00Z', status_reason: 'x' }, ['trial_ends_at']],
      [
        { state: 'trial', trial_ends_at: '2026-01-20T00:00:00Z', ...PERIOD, status_reason: 'x' },
        ['current_period_starts_at', 'current_period_ends_at'],
      ],
      [{ state: 'active', status_reason: 'x' }, ['current_period_starts_at', 'current_period_ends_at']],
      [
        { state: 'past_due', ...PERIOD, trial_ends_at: '2026-01-20T00:00:00Z', status_reason: 'x' },
        ['trial_ends_at'],
      ],
      [
        {
          state: 'cancel_at_period_end',
          ...PERIOD,
          current_period_ends_at: '2026-01-01T00:00:00Z',
          status_reason: 'x',
        },
        ['current_period_ends_at'],
      ],
      [{ state: 'ended', ...PERIOD, status_reason: 'x' }, ['current_period_starts_at']],
      [
        { state: 'ended', current_period_ends_at: '0000-01-01T00:00:00Z', status_reason: 'x' },
        ['current_period_ends_at'],
      ],
      [
        { state: 'active', ...PERIOD, billing_reference: ' ', status_reason: '' },
        ['billing_reference', 'status_reason'],
      ],
      [
        { state: 'active', ...PERIOD, billing_reference: 'x'.repeat(201), status_reason: 'x'.repeat(1_001) },
        ['billing_reference', 'status_reason'],
      ],
    ])('is refused with 422 and the fields that do not go with its state: %o', async (document, fields) => {
      const before = (await on.operator.read(page())).body;
      const refused = await assert(document);
      expect([refused.status, fieldsOf(refused)]).toEqual([422, fields]);
      expect((await on.operator.read(page())).body).toEqual(before);
    });

    postureScenarios(() => on, assert);

    it('stands in the way of setting the state by hand, on the page too', async () => {
      const refused = await act('change-commercial-state', { state: 'grace', reason: 'x' });
      expect([refused.status, refused.body.kind]).toEqual([409, 'subscription_record_exists']);
      expect(formsOf(await on.operator.page(page())).map(({ action }) => action)).toEqual([
        '/sign-out',
        `${page()}/subscription`,
      ]);
      const typed = { commercial_state: 'grace', reason: 'x' };
      const asked = `${page()}/commercial-state?${new URLSearchParams(typed)}`;
      expect((await on.operator.page(asked)).status).toBe(409);
      const { csrf } = on.operator;
      const sent = await on.operator.post(`${page()}/commercial-state`, { ...typed, csrf, expected: '0' });
      expect([sent.status, sent.text]).toEqual([409, expect.stringContaining('subscription on record')]);
    });

    it('is changed in two steps on the page: the first shows what will be, the second does just that', async () => {
      const form = formTo(await on.operator.page(page()), /\/subscription$/);
      const typed = {
        ...form.fields,
        state: 'past_due',
        current_period_starts_at: '2026-01-01T00:00',
        current_period_ends_at: '2026-02-01T00:00',
        // Left in a field that does not belong to the state.
        trial_ends_at: '2026-01-20T00:00',
        billing_reference: 'PO-18',
        status_reason: 'the "card" was declined',
      };
      const before = (await on.operator.read(page())).body;
      const review = await on.operator.page(`${form.action}?${new URLSearchParams(typed)}`);
      expect(review.text).toMatch(/Ended.*Past due/s);
      expect(review.text).toMatch(/Suspended, read only.*Grace period/s);
      expect(review.text).toContain('the &quot;card&quot; was declined');
      expect((await on.operator.read(page())).body).toEqual(before);
      const confirm = formTo(review, /\/subscription$/);
      const done = await on.operator.follow(await on.operator.submit(confirm));
      expect(done.text).toContain('The subscription record is written.');
      expect((await on.operator.read(page())).body).toMatchObject({
        state: 'past_due',
        billing_reference: 'PO-18',
        status_reason: 'the "card" was declined',
        key_date: '2026-02-01T00:00:00.000Z',
      });
      const late = await on.operator.submit(confirm);
      expect([late.status, late.text]).toEqual([
        409,
        expect.stringContaining('Somebody changed this meanwhile'),
      ]);
      const newest = String(Number(confirm.fields['expected']) + 1);
      for (const [wrong, field] of [
        [{ state: 'active', current_period_ends_at: '' }, 'current_period_ends_at'],
        [{ current_period_starts_at: 'yesterday' }, 'current_period_starts_at'],
        [{ state: 'ended', current_period_ends_at: '0000-01-01T00:00' }, 'current_period_ends_at'],
        [{ state: 'ended', current_period_ends_at: '9999-12-31T00:01' }, 'current_period_ends_at'],
        [{ status_reason: '' }, 'status_reason'],
        [{ state: '' }, 'state'],
      ] as const) {
        const again = await on.operator.page(`${form.action}?${new URLSearchParams({ ...typed, ...wrong })}`);
        expect([again.status, again.text]).toEqual([422, expect.stringContaining(`href="#${field}"`)]);
        expect(formTo(again, /\/subscription$/).fields['billing_reference']).toBe('PO-18');
        const sent = await on.operator.submit(confirm, { ...wrong, expected: newest });
        expect([sent.status, sent.text]).toEqual([422, expect.stringContaining(`href="#${field}"`)]);
      }
    });

    it('asks to be looked at when it has been past due for more than 30 days', async () => {
      on.app.clock.advance(30 * DAY + 1);
      const operator = await signedInAgain(on, 'operator');
      expect((await operator.read(page())).body).toMatchObject({ needs_review: true, outcome: 'warn' });
      expect((await operator.page(page())).text).toContain('Somebody should look at this');
    });
  });
};
