import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIFECYCLE_STATES, SUBSCRIPTION_STATES } from '../../../../../src/domain/entitlements/lifecycle.js';
import { LIFECYCLE_LABELS, lifecycleOf } from '../../../../../src/domain/entitlements/posture.js';
import { DAY, plus } from '../../../../../src/domain/shared/time.js';
import type { Standing } from '../../../../../src/ports/entitlements/workspaces.js';
import { NOT_FOUND } from '../../../../../src/ports/shared/failure.js';
import { aMember } from '../../../../support/accounts.js';
import { failure, NOW, type Stage, stage, truth, value } from './stage.js';

const told = async ({ audit }: Stage) =>
  (await audit()).map(({ actor, action, network, data }) => [actor.kind, action, network, data]);

describe('the planes', () => {
  it('let a platform admin in with all capabilities, a viewer with the directory alone, and nobody else', async () => {
    const { app, user, workspace, operator } = stage();
    const { ref } = await workspace();
    const [admin, viewer, other] = [
      await user({ platformAdmin: true }),
      await user({ platformViewer: true }),
      await user(),
    ];
    const entered = async (who: typeof admin) =>
      (await app.enterSystem(who.caller())).map(({ capabilities }) => capabilities);
    expect((await entered(admin))._unsafeUnwrap()).toEqual(['directory', 'commercial']);
    expect((await entered(viewer))._unsafeUnwrap()).toEqual(['directory']);
    expect((await entered(other))._unsafeUnwrapErr()).toEqual(NOT_FOUND);

    const looking = await value(app.enterSystem(viewer.caller()));
    expect(await value(app.directory(looking, { size: 5 }))).toEqual({ items: [ref] });
    expect((await value(app.subscriptionView(ref.number, looking))).capabilities).toEqual(['directory']);
    const refused = { kind: 'forbidden', needs: 'the capability "commercial"' };
    expect(await failure(app.updateSubscriptionTruth(ref.number, truth('active'), looking))).toEqual(refused);
    const state = { state: 'grace', reason: 'disputed' };
    expect(await failure(app.changeCommercialState(ref.number, state, looking))).toEqual(refused);
    expect(await failure(app.changeCommercialState(999, state, looking))).toEqual(NOT_FOUND);
    expect(await failure(app.subscriptionView(999, operator()))).toEqual(NOT_FOUND);
  });

  it('let a member into the workspace of their session, once they have chosen among several', async () => {
    const s = stage();
    const { app, units } = s;
    const [one, other] = [await s.workspace(), await s.workspace('admin')];
    const { caller } = one.owner;
    expect(await value(app.enterWorkspace(caller()))).toMatchObject({ workspace: one.ref, role: 'owner' });
    await value(units.accounts.run((tx) => tx.memberships.add(aMember(other.account.id, one.owner.id))));
    expect(await failure(app.enterWorkspace(caller()))).toEqual({ kind: 'workspace_not_chosen' });
    expect((await value(app.workspacesOf(caller(), { size: 5 }))).items).toEqual([one.ref, other.ref]);
    expect(await value(app.switchWorkspace(caller(), other.ref.number))).toEqual(other.ref);
    expect(await value(app.enterWorkspace(caller()))).toMatchObject({ workspace: other.ref, role: 'member' });
    expect(await failure(app.switchWorkspace(other.owner.caller(), one.ref.number))).toEqual(NOT_FOUND);
    const key = { ...caller(), via: { kind: 'api_key', id: 'a-key', scopes: [] } } as const;
    expect(await failure(app.switchWorkspace(key, other.ref.number))).toEqual({ kind: 'session_needed' });
    expect(await failure(app.enterWorkspace(key))).toEqual(NOT_FOUND);
    expect(await failure(app.enterWorkspace((await s.user()).caller()))).toEqual(NOT_FOUND);
  });
});

describe('what is asserted of a workspace', () => {
  it('is seen in both planes, by its source, and audited with what was before', async () => {
    const s = stage();
    const { ref, member } = await s.workspace('member');
    const admin = await s.user({ platformAdmin: true });
    const operator = s.operator(admin.id);
    const view = await value(s.app.subscriptionView(ref.number, operator));
    expect(view).toMatchObject({
      source: 'default_active_paid',
      present: false,
      fallback: true,
      needsReview: false,
    });
    expect(view.lastChangedBy).toBeUndefined();

    await value(s.app.changeCommercialState(ref.number, { state: 'grace', reason: 'disputed' }, operator));
    expect(await value(s.app.settingsSummary(member()))).toMatchObject({
      source: 'workspace_setting',
      derivedState: 'grace',
      stateLabel: LIFECYCLE_LABELS.grace,
      outcome: 'warn',
      fallback: true,
    });
    const asserted = truth('trial', { billingReference: 'INV-7' });
    const after = await value(s.app.updateSubscriptionTruth(ref.number, asserted, operator));
    expect(after).toMatchObject({
      source: 'workspace_subscription',
      present: true,
      fallback: false,
      state: 'trial',
      label: 'Trial',
      billingReference: 'INV-7',
      statusReason: 'as agreed',
      keyDate: { label: 'Trial ends', at: asserted.trialEndsAt },
      lastChangedAt: NOW,
      lastChangedBy: admin.email,
    });
    expect(await value(s.app.settingsSummary(member()))).not.toHaveProperty('statusReason');
    expect(await told(s)).toEqual([
      [
        'platform_admin',
        'workspace.change_commercial_state',
        '203.0.113.0/24',
        { before: null, after: { state: 'grace', reason: 'disputed' } },
      ],
      [
        'platform_admin',
        'workspace.update_subscription_truth',
        '203.0.113.0/24',
        {
          before: null,
          after: expect.objectContaining({ version: 1, state: 'trial', billing_reference: 'INV-7' }),
        },
      ],
    ]);
    expect((await s.events()).map(({ type, data }) => [type, data['derived_lifecycle_state']])).toEqual([
      ['workspace.commercial_state_changed', 'grace'],
      ['workspace.subscription_truth_updated', 'trial'],
    ]);
    const state = { state: 'active_paid', reason: 'paid' };
    expect(await failure(s.app.changeCommercialState(ref.number, state, operator))).toEqual({
      kind: 'subscription_record_exists',
    });
  });

  it('is refused by field, and changes nothing then', async () => {
    const s = stage();
    const { ref } = await s.workspace();
    const refused = async (state: string, reason: string) =>
      failure(s.app.changeCommercialState(ref.number, { state, reason }, s.operator()));
    expect(await refused('paused', 'why')).toMatchObject({ kind: 'invalid_state', field: 'state' });
    for (const reason of ['', ' ', 'x'.repeat(1_001), 'a\0'])
      expect(await refused('grace', reason)).toMatchObject({ kind: 'invalid_state', field: 'reason' });
    const wrong = truth('ended', { periodStartsAt: NOW });
    expect(await failure(s.app.updateSubscriptionTruth(ref.number, wrong, s.operator()))).toMatchObject({
      kind: 'invalid_truth',
      fields: [{ field: 'periodStartsAt' }],
    });
    expect([await s.audit(), await s.events()]).toEqual([[], []]);
    expect((await value(s.app.subscriptionView(ref.number, s.operator()))).source).toBe(
      'default_active_paid',
    );
  });

  it('takes the place of what its operator has seen, and of nothing newer', async () => {
    const s = stage();
    const { ref } = await s.workspace();
    const put = (state: string, expected: number) =>
      s.app.updateSubscriptionTruth(ref.number, { ...truth(state), expected }, s.operator());
    expect((await value(put('trial', 0))).subscription?.version).toBe(1);
    expect(await failure(put('active', 0))).toMatchObject({ kind: 'stale_version' });
    expect((await value(put('active', 1))).subscription?.version).toBe(2);
    const both = await Promise.all([put('past_due', 2), put('ended', 2)]);
    expect(both.map((result) => result.isOk()).sort()).toEqual([false, true]);
  });

  it('is set in place of what its operator has seen, and of nothing newer', async () => {
    const s = stage();
    const { ref } = await s.workspace();
    const set = (state: string, expected?: number) =>
      s.app.changeCommercialState(ref.number, { state, reason: 'as agreed', expected }, s.operator());
    expect((await value(set('grace', 0))).setting).toMatchObject({ version: 1, state: 'grace' });
    expect(await failure(set('trial', 0))).toMatchObject({ kind: 'stale_version' });
    // Who does not say what they have seen means it, whatever is there.
    expect((await value(set('suspended_read_only'))).setting).toMatchObject({ version: 2 });
    const both = await Promise.all([set('grace', 2), set('trial', 2)]);
    expect(both.map((result) => result.isOk()).sort()).toEqual([false, true]);
    expect(await s.audit()).toHaveLength(3);
  });

  it('derives the posture at every moment from the last word, whatever was said and waited for before', async () => {
    const step = fc.oneof(
      fc.record({ say: fc.constantFrom(...SUBSCRIPTION_STATES) }),
      fc.record({ set: fc.constantFrom(...LIFECYCLE_STATES) }),
      fc.record({ wait: fc.integer({ min: 1, max: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const s = stage();
        const { ref, member } = await s.workspace();
        const seen = () => value(s.deps.readers.standing(ref.accountId));
        let model: Standing = {};
        for (const one of steps) {
          if ('wait' in one) s.clock.advance(one.wait * DAY);
          else if ('say' in one) {
            const at = s.clock.now();
            const over = one.say === 'trial' ? { trialEndsAt: plus(at, DAY) } : {};
            await value(s.app.updateSubscriptionTruth(ref.number, truth(one.say, over), s.operator()));
            model = { ...model, subscription: (await seen()).subscription };
          } else {
            const input = { state: one.set, reason: 'as agreed' };
            const result = await s.app.changeCommercialState(ref.number, input, s.operator());
            expect(result.isOk()).toBe(model.subscription === undefined);
            if (result.isOk()) model = { ...model, setting: (await seen()).setting };
          }
          const expected = lifecycleOf(model.subscription, model.setting, s.clock.now());
          const { derivedState, source, outcome } = await value(s.app.settingsSummary(member()));
          expect([derivedState, source, outcome]).toEqual([
            expected.state,
            expected.source,
            expected.outcome,
          ]);
          // Storage, fleet and keys are asked of the same posture.
          expect(await value(s.entitled.posture(ref.accountId, s.clock.now()))).toEqual(expected);
        }
        expect(await s.audit()).toHaveLength((await s.events()).length);
      }),
      { numRuns: 50 },
    );
  });
});
