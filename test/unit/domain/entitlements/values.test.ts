import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageKey, usedMoment, usedValue } from '../../../../src/domain/entitlements/admit.js';
import type { Allowance } from '../../../../src/domain/entitlements/allowance.js';
import { type AllowanceFields, allowanceFor } from '../../../../src/domain/entitlements/allowance-fields.js';
import { featureKey } from '../../../../src/domain/entitlements/feature-key.js';
import { kindAfter, kindOf } from '../../../../src/domain/entitlements/kind.js';
import { quantityOf } from '../../../../src/domain/entitlements/quantity.js';
import { DAY, instant, MINUTE, plus } from '../../../../src/domain/shared/time.js';

const ID = '01900000-0000-7000-8000-000000000001';

describe('the key of a feature', () => {
  it.each([
    ['API calls / day', 'api_calls_day'],
    ['  Größe — Übung  ', 'gro_e_ubung'],
    ['日本語', `feature_${ID.replaceAll('-', '')}`],
  ])('of %s is %s', (name, key) => {
    expect(featureKey(name, ID)).toBe(key);
  });

  it('is what programs can spell, whatever the name, and never looks like an id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
        expect(featureKey(name, ID)).toMatch(/^[a-z0-9](?:[a-z0-9_]{0,62}[a-z0-9])?$/);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the kind of a feature', () => {
  it('is one of two, and the flag that is too many or missing is named', () => {
    expect(kindOf({ isBinary: true, isUsage: false })._unsafeUnwrap()).toBe('boolean');
    expect(kindOf({ isBinary: false, isUsage: true })._unsafeUnwrap()).toBe('metered');
    const field = (isBinary: boolean, isUsage: boolean) =>
      kindOf({ isBinary, isUsage })._unsafeUnwrapErr().field;
    expect([field(true, true), field(false, false)]).toEqual(['is_usage_based', 'is_binary_based']);
  });

  it('stays as long as no flag changes, even if nobody could have made it so', () => {
    expect(kindAfter({ kind: 'static' }, { isUsage: false })._unsafeUnwrap()).toBe('static');
    expect(kindAfter({ kind: 'static' }, { isUsage: true })._unsafeUnwrap()).toBe('metered');
    expect(kindAfter({ kind: 'boolean' }, { isUsage: true }).isErr()).toBe(true);
  });
});

describe('what a plan says of a feature', () => {
  const BOOLEAN = { kind: 'boolean', held: false } as const;
  const METERED = { kind: 'metered', held: false } as const;
  const HELD = { kind: 'metered', held: true } as const;
  const STATIC = { kind: 'static', held: false } as const;

  it('is yes or no of a boolean one, and a limit with its window of the others', () => {
    expect(allowanceFor(BOOLEAN, { binaryValue: 1 })._unsafeUnwrap()).toMatchObject({ granted: true });
    expect(allowanceFor(BOOLEAN, { binaryValue: 0 })._unsafeUnwrap()).toMatchObject({ granted: false });
    expect(allowanceFor(METERED, { usageLimit: 5n })._unsafeUnwrap()).toEqual({
      limit: 5n,
      window: 'billing_period',
      soft: false,
      warnPercent: 80,
    });
    expect(allowanceFor(HELD, {})._unsafeUnwrap()).toMatchObject({ limit: undefined, window: 'lifetime' });
  });

  it.each([
    ['binary_value', BOOLEAN, {}],
    ['binary_value', BOOLEAN, { binaryValue: 2 }],
    ['usage_limit', BOOLEAN, { binaryValue: 1, usageLimit: 1n }],
    ['window', BOOLEAN, { binaryValue: 1, window: 'day' }],
    ['is_soft_limit', BOOLEAN, { binaryValue: 1, soft: true }],
    ['warn_percent', BOOLEAN, { binaryValue: 1, warnPercent: 50 }],
    ['binary_value', METERED, { binaryValue: 1 }],
    ['usage_limit', METERED, { usageLimit: -1n }],
    ['usage_limit', METERED, { usageLimit: 2n ** 53n }],
    ['warn_percent', METERED, { warnPercent: 0 }],
    ['warn_percent', METERED, { warnPercent: 101 }],
    ['warn_percent', METERED, { warnPercent: 33.3 }],
    ['window', HELD, { window: 'month' }],
    ['window', STATIC, { window: 'day' }],
    ['warn_percent', STATIC, { warnPercent: 50 }],
  ] as const)(
    'is refused by the name of %s where it does not suit %o',
    (field, kind, fields: AllowanceFields) => {
      expect(allowanceFor(kind, fields)._unsafeUnwrapErr()).toMatchObject({
        kind: 'value_not_fitting',
        field,
      });
    },
  );

  it('keeps what a change leaves out, and takes a limit away for null', () => {
    const before: Allowance = { limit: 5n, window: 'day', soft: true, warnPercent: 50 };
    expect(allowanceFor(METERED, {}, before)._unsafeUnwrap()).toEqual(before);
    expect(allowanceFor(METERED, { usageLimit: null }, before)._unsafeUnwrap()).toEqual({
      ...before,
      limit: undefined,
    });
  });
});

describe('what was used', () => {
  const account = { unbound: false };
  const NOW = instant(Date.UTC(2026, 1, 3));
  const when = (at: number, by = account) =>
    usedMoment(instant(at), { asOf: NOW }, by).match(
      () => 'taken',
      ({ field }) => field,
    );

  it('is a whole number of at least 1 that every client can read; who may correct, may take back', () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(usedValue(wrong, account)._unsafeUnwrapErr()).toMatchObject({ field: 'value' });
    expect(usedValue(Number.MAX_SAFE_INTEGER, account)._unsafeUnwrap()).toBe(9_007_199_254_740_991n);
    expect(usedValue(-1, { unbound: true })._unsafeUnwrap()).toBe(-1n);
    for (const wrong of [0n, 2n ** 53n, -(2n ** 53n)])
      expect(usedValue(wrong, { unbound: true }).isErr()).toBe(true);
  });

  it('was used neither in the future nor in a window that is over', () => {
    const edge = Date.UTC(2026, 1, 1);
    expect([when(plus(NOW, 5 * MINUTE)), when(plus(NOW, 5 * MINUTE + 1))]).toEqual(['taken', 'used_at']);
    expect([when(edge), when(edge - 1)]).toEqual(['taken', 'used_at']);
    const admin = { unbound: true };
    const longAgo = plus(NOW, -400 * DAY);
    expect([when(edge - 1, admin), when(longAgo, admin), when(longAgo - 1, admin)]).toEqual([
      'taken',
      'taken',
      'used_at',
    ]);
    expect(usedMoment(undefined, { asOf: NOW }, account)._unsafeUnwrap()).toBe(NOW);
  });

  it('has a key of its own, which is none of the server’s', () => {
    for (const wrong of ['', 'x'.repeat(256), 'reservation:1', 'correction:1:2'])
      expect(usageKey(wrong)._unsafeUnwrapErr()).toMatchObject({ field: 'key' });
    expect(usageKey('x'.repeat(255)).isOk()).toBe(true);
  });

  it('is within bounds or refused by its field', () => {
    const bounds = { field: 'amount', least: 1n, most: 3n } as const;
    expect(quantityOf(3, bounds)._unsafeUnwrap()).toBe(3n);
    for (const wrong of [0, 4, 1.5])
      expect(quantityOf(wrong, bounds)._unsafeUnwrapErr().field).toBe('amount');
  });
});
