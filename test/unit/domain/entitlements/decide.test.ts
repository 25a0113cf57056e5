import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allowance } from '../../../../src/domain/entitlements/allowance.js';
import { crossingEvent, crossingsOf } from '../../../../src/domain/entitlements/crossings.js';
import { decide, withFallbacks } from '../../../../src/domain/entitlements/decide.js';
import type { AccountFacts, FeatureFacts } from '../../../../src/domain/entitlements/facts.js';
import type { LifecycleDecision } from '../../../../src/domain/entitlements/lifecycle.js';
import { DAY, instant, plus } from '../../../../src/domain/shared/time.js';
import { newAccountId } from '../../../support/accounts.js';

const NOW = instant(Date.UTC(2026, 0, 31, 12));
const PAID: LifecycleDecision = {
  state: 'active_paid',
  source: 'default_active_paid',
  outcome: 'allow',
  explanation: '',
};
const NONE = { used: 0n, reserved: 0n };
const COUNTS = { day: NONE, month: NONE, billing_period: NONE, lifetime: NONE };

const allowance = (over: Partial<Allowance> = {}): Allowance => ({
  limit: 10n,
  window: 'month',
  soft: false,
  warnPercent: 80,
  ...over,
});

const facts = (
  over: Partial<FeatureFacts> = {},
  kind: Partial<FeatureFacts['feature']> = {},
): FeatureFacts => ({
  feature: {
    id: 'a feature',
    version: 1,
    key: 'calls',
    name: 'Calls',
    kind: 'metered',
    highlight: false,
    held: false,
    createdAt: NOW,
    updatedAt: NOW,
    ...kind,
  },
  held: 0n,
  counts: COUNTS,
  ...over,
});

const account = (over: Partial<AccountFacts> = {}): AccountFacts => ({
  accountId: newAccountId(),
  asOf: NOW,
  lifecycle: PAID,
  features: new Map(),
  ...over,
});

/** Of a month in which so much was used. */
const used = (count: bigint, over: Partial<Allowance> = {}, reserved = 0n): FeatureFacts =>
  facts({ planned: allowance(over), counts: { ...COUNTS, month: { used: count, reserved } } });

const brief = (of: FeatureFacts, amount: bigint, in_ = account()) => {
  const { outcome, reason, remaining } = decide(in_, of, amount);
  return [outcome, reason, remaining];
};

describe('a metered feature', () => {
  it.each([
    [0n, 1n, 'allow', 'within_limit'],
    [6n, 1n, 'allow', 'within_limit'],
    [7n, 1n, 'warn', 'near_limit'],
    [9n, 1n, 'warn', 'near_limit'],
    [9n, 2n, 'block', 'limit_reached'],
    [10n, 1n, 'block', 'limit_reached'],
    [8n, 0n, 'warn', 'near_limit'],
    [10n, 0n, 'block', 'limit_reached'],
    [12n, 0n, 'block', 'limit_reached'],
  ] as const)(
    'of which 10 may be had: with %s used, %s more is met with %s, %s',
    (had, more, outcome, reason) => {
      expect(brief(used(had), more)).toEqual([outcome, reason, had < 10n ? 10n - had : 0n]);
    },
  );

  it('warns beyond a soft limit and does not block', () => {
    expect(brief(used(10n, { soft: true }), 1n)).toEqual(['warn', 'over_soft_limit', 0n]);
    expect(brief(used(10n, { soft: true }), 0n)).toEqual(['warn', 'near_limit', 0n]);
  });

  it('has no end without a limit', () => {
    expect(brief(used(10n ** 15n, { limit: undefined }), 10n)).toEqual(['allow', 'unlimited', undefined]);
  });

  it('counts what is set aside as used', () => {
    expect(brief(used(4n, {}, 6n), 1n)).toEqual(['block', 'limit_reached', 0n]);
  });

  it('counts what the account holds now, whatever was recorded, where it is a matter of holding', () => {
    const held = facts({ held: 10n, planned: allowance({ window: 'lifetime' }) }, { held: true });
    expect(decide(account(), held, 1n)).toMatchObject({ reason: 'limit_reached', used: 10n });
    expect(decide(account(), held, 1n).resetsAt).toBeUndefined();
  });

  it('says when its window ends', () => {
    const period = { start: plus(NOW, -DAY), end: plus(NOW, DAY) };
    const ends = (window: Allowance['window'], billed: boolean) =>
      decide(account(billed ? { period } : {}), facts({ planned: allowance({ window }) }), 1n).resetsAt;
    expect(ends('day', true)).toBe(Date.UTC(2026, 1, 1));
    expect(ends('billing_period', true)).toBe(period.end);
    expect(ends('billing_period', false)).toBe(Date.UTC(2026, 1, 1));
    expect(ends('lifetime', true)).toBeUndefined();
  });

  it('stands at nothing when more was taken back than was used, and tells what may be used on top of the limit', () => {
    expect(decide(account(), used(-5n), 1n)).toMatchObject({ used: 0n, remaining: 15n });
    expect(decide(account(), used(-5n), 15n).outcome).not.toBe('block');
    expect(decide(account(), used(-5n), 16n)).toMatchObject({ outcome: 'block', reason: 'limit_reached' });
  });
});

it('grants a boolean feature or does not, whatever the amount', () => {
  const has = (granted: boolean) =>
    facts({ planned: allowance({ granted, limit: undefined }) }, { kind: 'boolean' });
  expect(brief(has(true), 1n)).toEqual(['allow', 'granted', undefined]);
  expect(brief(has(false), 0n)).toEqual(['block', 'not_granted', undefined]);
});

it('measures the thing itself against a static limit', () => {
  const size = (soft: boolean) => facts({ planned: allowance({ soft }) }, { kind: 'static' });
  expect(brief(size(false), 10n)).toEqual(['allow', 'within_limit', 10n]);
  expect(brief(size(false), 11n)).toEqual(['block', 'above_maximum', 10n]);
  expect(brief(size(true), 11n)).toEqual(['warn', 'over_soft_limit', 10n]);
});

it('hears an override before the plan, the plan before the operator’s settings, and blocks where nobody speaks', () => {
  const of = (limit: bigint) => allowance({ limit });
  const all = { overridden: of(1n), planned: of(2n), fallback: of(3n) };
  const said = (which: Partial<FeatureFacts>) => {
    const { source, limit, reason } = decide(account(), facts(which), 0n);
    return [source, limit, reason];
  };
  expect(said(all)).toEqual(['override', 1n, 'within_limit']);
  expect(said({ ...all, overridden: undefined })).toEqual(['plan', 2n, 'within_limit']);
  expect(said({ fallback: all.fallback })).toEqual(['default', 3n, 'within_limit']);
  expect(said({})).toEqual(['default', undefined, 'not_in_plan']);
});

it('knows of the operator’s settings by the key of the feature', () => {
  const features = new Map([['calls', facts()]]);
  const complete = withFallbacks(account({ features }), new Map([['calls', allowance({ limit: 7n })]]));
  expect(complete.features.get('calls')?.fallback?.limit).toBe(7n);
});

it('lets the commercial posture block all and warn of what was allowed', () => {
  const standing = (outcome: LifecycleDecision['outcome']) => account({ lifecycle: { ...PAID, outcome } });
  expect(decide(standing('block'), used(0n), 1n)).toMatchObject({
    outcome: 'block',
    reason: 'lifecycle_blocked',
    source: 'lifecycle',
    limit: 10n,
  });
  expect(decide(standing('warn'), used(0n), 1n)).toMatchObject({
    outcome: 'warn',
    reason: 'lifecycle_warning',
    source: 'lifecycle',
  });
  expect(decide(standing('warn'), used(10n), 1n)).toMatchObject({ outcome: 'block', source: 'plan' });
});

const ORDER = ['allow', 'warn', 'block'];
const anAllowance = fc.record({
  limit: fc.option(fc.bigInt({ min: 0n, max: 40n }), { nil: undefined }),
  soft: fc.boolean(),
  warnPercent: fc.integer({ min: 1, max: 100 }),
});
const aCount = fc.bigInt({ min: 0n, max: 60n });

it('never becomes kinder when more is used or more is wanted', () => {
  fc.assert(
    fc.property(anAllowance, aCount, aCount, aCount, aCount, (over, had, more, wanted, extra) => {
      const strictness = (count: bigint, amount: bigint) =>
        ORDER.indexOf(decide(account(), used(count, over), amount).outcome);
      expect(strictness(had + more, wanted)).toBeGreaterThanOrEqual(strictness(had, wanted));
      expect(strictness(had, wanted + extra)).toBeGreaterThanOrEqual(strictness(had, wanted));
    }),
    { numRuns: 100 },
  );
});

it('never lets a hard limit be passed, nor blocks below it, nor mixes up used, limit and remaining', () => {
  fc.assert(
    fc.property(anAllowance, aCount, fc.bigInt({ min: 1n, max: 60n }), (over, had, wanted) => {
      const { outcome, remaining, limit } = decide(account(), used(had, over), wanted);
      const fits = over.limit === undefined || had + wanted <= over.limit;
      expect(outcome === 'block').toBe(!fits && !over.soft);
      expect(limit).toBe(over.limit);
      if (over.limit !== undefined) expect(remaining).toBe(over.limit > had ? over.limit - had : 0n);
    }),
    { numRuns: 100 },
  );
});

describe('crossings', () => {
  const crossed = (count: bigint, over: Partial<Allowance> = {}, reserved = 0n) =>
    crossingsOf(account(), used(count, over, reserved)).map(({ type, percent }) => `${type} ${percent}`);

  it('come at the share that is warned of, and at all of it, with what is set aside', () => {
    expect(crossed(7n)).toEqual([]);
    expect(crossed(8n)).toEqual(['entitlement.warned 80']);
    expect(crossed(5n, {}, 5n)).toEqual(['entitlement.warned 80', 'entitlement.reached 100']);
    expect(crossed(3n, { warnPercent: 25 })).toEqual(['entitlement.warned 25']);
  });

  it('are one where the share is all of it, and none without a limit or without use', () => {
    expect(crossed(10n, { warnPercent: 100 })).toEqual(['entitlement.reached 100']);
    expect(crossed(10n, { limit: undefined })).toEqual([]);
    expect(crossed(0n, { limit: 0n })).toEqual([]);
  });

  it('are told in a stream of their own, with the limit, the use and the window', () => {
    const here = account();
    const { accountId } = here;
    const told = crossingsOf(here, used(8n)).map((crossing) =>
      crossingEvent(crossing, { stream: 'a stream', accountId, at: NOW }),
    );
    const data = { feature: 'calls', limit: 10, used: 8, window_start: '2026-01-01T00:00:00.000Z' };
    expect(told).toEqual([
      { stream: 'a stream', seq: 1, type: 'entitlement.warned', accountId, data, at: NOW },
    ]);
  });
});
