import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LIFECYCLE_STATES,
  SUBSCRIPTION_STATES,
  type SubscriptionState,
  type WorkspaceSetting,
  type WorkspaceSubscription,
} from '../../../../src/domain/entitlements/lifecycle.js';
import {
  keyDateOf,
  LONGEST_PAST_DUE,
  lifecycleOf,
  needsReview,
  OUTCOMES,
} from '../../../../src/domain/entitlements/posture.js';
import { DAY, type Instant, instant, plus } from '../../../../src/domain/shared/time.js';

const NOW = instant(Date.UTC(2026, 0, 31, 12));
const [BEFORE, AFTER] = [plus(NOW, -10 * DAY), plus(NOW, 20 * DAY)];

const record = (
  state: SubscriptionState,
  over: Partial<WorkspaceSubscription> = {},
): WorkspaceSubscription => ({
  version: 1,
  state,
  statusReason: 'as agreed',
  since: BEFORE,
  changedAt: BEFORE,
  changedBy: 'somebody',
  ...(state === 'trial' ? { trialEndsAt: AFTER } : { periodStartsAt: BEFORE, periodEndsAt: AFTER }),
  ...over,
});
const setting = (state: WorkspaceSetting['state']): WorkspaceSetting => ({
  version: 1,
  state,
  reason: 'as agreed',
  changedAt: BEFORE,
  changedBy: 'somebody',
});
const short = (s: WorkspaceSubscription | undefined, at: Instant = NOW, set?: WorkspaceSetting) => {
  const { state, outcome, source } = lifecycleOf(s, set, at);
  return [state, outcome, source];
};

const anInstant = fc.integer({ min: BEFORE - 60 * DAY, max: AFTER + 60 * DAY }).map(instant);
const maybe = fc.option(anInstant, { nil: undefined });
const anyRecord: fc.Arbitrary<WorkspaceSubscription> = fc.record({
  version: fc.constant(1),
  state: fc.constantFrom(...SUBSCRIPTION_STATES),
  statusReason: fc.string(),
  trialEndsAt: maybe,
  periodStartsAt: maybe,
  periodEndsAt: maybe,
  since: anInstant,
  changedAt: anInstant,
  changedBy: fc.string(),
});
const anySetting = fc.constantFrom(...LIFECYCLE_STATES).map(setting);

describe('the commercial posture of a workspace', () => {
  it('follows from the state on record, and from its end at that very moment', () => {
    const source = 'workspace_subscription';
    expect(short(record('trial'))).toEqual(['trial', 'allow', source]);
    expect(short(record('active'))).toEqual(['active_paid', 'allow', source]);
    expect(short(record('past_due'))).toEqual(['grace', 'warn', source]);
    expect(short(record('cancel_at_period_end'))).toEqual(['active_paid', 'warn', source]);
    expect(short(record('ended'))).toEqual(['suspended_read_only', 'block', source]);
    const last = plus(AFTER, -1);
    expect(short(record('trial'), last)).toEqual(['trial', 'allow', source]);
    expect(short(record('trial'), AFTER)).toEqual(['suspended_read_only', 'block', source]);
    expect(short(record('cancel_at_period_end'), last)).toEqual(['active_paid', 'warn', source]);
    expect(short(record('cancel_at_period_end'), AFTER)).toEqual(['suspended_read_only', 'block', source]);
  });

  it('is what an operator set where nothing is on record, and active and paid where nobody set anything', () => {
    for (const state of LIFECYCLE_STATES)
      expect(short(undefined, NOW, setting(state))).toEqual([state, OUTCOMES[state], 'workspace_setting']);
    expect(short(undefined)).toEqual(['active_paid', 'allow', 'default_active_paid']);
  });

  it('is one of four, with its reason, for every record, setting and moment; a record goes before a setting', () => {
    fc.assert(
      fc.property(
        fc.option(anyRecord, { nil: undefined }),
        fc.option(anySetting, { nil: undefined }),
        anInstant,
        (subscription, set, at) => {
          const decision = lifecycleOf(subscription, set, at);
          expect(LIFECYCLE_STATES).toContain(decision.state);
          expect(decision.explanation).not.toBe('');
          if (subscription === undefined) return;
          expect(decision).toEqual(lifecycleOf(subscription, undefined, at));
          expect(decision.source).toBe('workspace_subscription');
          // Who is read-only is blocked, and nobody else is.
          expect(decision.outcome === 'block').toBe(decision.state === 'suspended_read_only');
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never becomes milder by itself as time passes', () => {
    const order = ['allow', 'warn', 'block'];
    fc.assert(
      fc.property(anyRecord, anInstant, fc.nat(90 * DAY), (subscription, at, later) => {
        const rank = (moment: Instant) => order.indexOf(lifecycleOf(subscription, undefined, moment).outcome);
        expect(rank(plus(at, later))).toBeGreaterThanOrEqual(rank(at));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a record that needs review', () => {
  it('is one whose dates contradict its state', () => {
    for (const state of SUBSCRIPTION_STATES)
      expect([state, needsReview(record(state), NOW)]).toEqual([state, state === 'ended']);
    expect(needsReview(record('ended', { periodEndsAt: NOW }), NOW)).toBe(false);
    for (const state of ['active', 'cancel_at_period_end'] as const) {
      expect(needsReview(record(state), AFTER)).toBe(true);
      expect(needsReview(record(state), plus(BEFORE, -1))).toBe(true);
    }
    expect(needsReview(record('trial'), AFTER)).toBe(true);
    // Who owes may well owe past the period.
    expect(needsReview(record('past_due'), AFTER)).toBe(false);
  });

  it('is one that has owed for more than 30 days', () => {
    const owing = record('past_due');
    expect(needsReview(owing, plus(owing.since, LONGEST_PAST_DUE))).toBe(false);
    expect(needsReview(owing, plus(owing.since, LONGEST_PAST_DUE + 1))).toBe(true);
  });

  it('is one that lacks the date of its state', () => {
    const bare = { trialEndsAt: undefined, periodStartsAt: undefined, periodEndsAt: undefined };
    for (const state of SUBSCRIPTION_STATES) {
      expect([state, needsReview(record(state, bare), NOW)]).toEqual([state, true]);
      expect(keyDateOf(record(state, bare))).toBeUndefined();
    }
  });
});

describe('the date that people ask for first', () => {
  it('is the end that belongs to the state', () => {
    expect(SUBSCRIPTION_STATES.map((state) => keyDateOf(record(state)))).toEqual([
      { label: 'Trial ends', at: AFTER },
      { label: 'Current period ends', at: AFTER },
      { label: 'Unpaid period ends', at: AFTER },
      { label: 'Access ends', at: AFTER },
      { label: 'Ended', at: AFTER },
    ]);
  });
});
