import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SUBSCRIPTION_STATES,
  type WorkspaceSubscription,
} from '../../../../src/domain/entitlements/lifecycle.js';
import { lifecycleOf } from '../../../../src/domain/entitlements/posture.js';
import { assert, DATES_OF, type TruthCommand } from '../../../../src/domain/entitlements/truth.js';
import { DAY, instant, plus } from '../../../../src/domain/shared/time.js';

const NOW = instant(Date.UTC(2026, 0, 31, 12));
const BY = { at: NOW, by: 'an operator' };
const DATES = {
  trialEndsAt: plus(NOW, DAY),
  periodStartsAt: plus(NOW, -DAY),
  periodEndsAt: plus(NOW, 29 * DAY),
};
const REASON = 'as agreed';

const command = (state: keyof typeof DATES_OF, over: Partial<TruthCommand> = {}): TruthCommand => ({
  state,
  statusReason: REASON,
  ...Object.fromEntries(DATES_OF[state].map((field) => [field, DATES[field]])),
  ...over,
});
const wrong = (given: TruthCommand): readonly string[] =>
  assert(undefined, given, BY).match(
    () => [],
    ({ fields }) => fields.map(({ field }) => field),
  );

describe('what is asserted of a subscription', () => {
  it('becomes the record, in each of the five states', () => {
    for (const state of SUBSCRIPTION_STATES) {
      const record = assert(undefined, command(state, { billingReference: 'INV-7' }), BY)._unsafeUnwrap();
      expect(record).toEqual({
        ...command(state, { billingReference: 'INV-7' }),
        version: 1,
        since: NOW,
        changedAt: NOW,
        changedBy: 'an operator',
      });
    }
  });

  it('is refused with each moment that lies in years which not every part of us can write', () => {
    for (const moment of ['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T00:00:00.001Z'].map(
      Date.parse,
    ))
      expect(wrong(command('ended', { periodEndsAt: instant(moment) }))).toEqual(['periodEndsAt']);
    for (const moment of ['1970-01-01T00:00:00Z', '9999-12-31T00:00:00Z'].map(Date.parse))
      expect(wrong(command('ended', { periodEndsAt: instant(moment) }))).toEqual([]);
  });

  it('is refused with each field that is missing in its state, and each that belongs to another', () => {
    const fields = ['trialEndsAt', 'periodStartsAt', 'periodEndsAt'] as const;
    for (const state of SUBSCRIPTION_STATES)
      for (const field of fields) {
        const belongs = (DATES_OF[state] as readonly string[]).includes(field);
        const over = { [field]: belongs ? undefined : DATES[field] };
        expect([state, wrong(command(state, over))]).toEqual([state, [field]]);
      }
    expect(wrong({ state: 'trial', periodEndsAt: NOW, billingReference: ' ' })).toEqual([
      'billingReference',
      'statusReason',
      'trialEndsAt',
      'periodEndsAt',
    ]);
  });

  it('is refused where dates are reversed or a trial is over already', () => {
    for (const state of ['active', 'past_due', 'cancel_at_period_end'] as const) {
      expect(wrong(command(state, { periodEndsAt: DATES.periodStartsAt }))).toEqual(['periodEndsAt']);
      expect(wrong(command(state, { periodEndsAt: plus(DATES.periodStartsAt, 1) }))).toEqual([]);
    }
    expect(wrong(command('trial', { trialEndsAt: NOW }))).toEqual(['trialEndsAt']);
    expect(wrong(command('trial', { trialEndsAt: plus(NOW, 1) }))).toEqual([]);
  });

  it('is refused with text that is blank, too long or cannot be stored, and with a state nobody knows', () => {
    for (const statusReason of ['', ' \n', 'x'.repeat(1_001), 'a\0b', '\ud800'])
      expect(wrong(command('active', { statusReason }))).toEqual(['statusReason']);
    for (const billingReference of ['', 'x'.repeat(201), 'a\0b'])
      expect(wrong(command('active', { billingReference }))).toEqual(['billingReference']);
    for (const state of ['paused', '', 'TRIAL', 'constructor'])
      expect(wrong({ ...command('active'), state })).toEqual(['state']);
  });

  it('counts up and remembers since when its state holds, through any series of commands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...SUBSCRIPTION_STATES), fc.nat(90 * DAY)), { minLength: 1 }),
        (steps) => {
          let record: WorkspaceSubscription | undefined;
          let at = NOW;
          for (const [index, [state, wait]] of steps.entries()) {
            at = plus(at, wait);
            const before = record;
            const asked = state === 'trial' ? { trialEndsAt: plus(at, DAY) } : {};
            record = assert(before, command(state, asked), { at, by: 'an operator' })._unsafeUnwrap();
            expect(record.version).toBe(index + 1);
            expect(record.since).toBe(before?.state === state ? before.since : at);
            expect(lifecycleOf(record, undefined, at).source).toBe('workspace_subscription');
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
