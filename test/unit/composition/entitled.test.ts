import fc from 'fast-check';
import { okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { storageLimits } from '../../../src/composition/entitled.js';
import type { Allowance } from '../../../src/domain/entitlements/allowance.js';
import type { AccountFacts } from '../../../src/domain/entitlements/facts.js';
import { isUnlimited } from '../../../src/domain/storage/allotment.js';
import { AT, newAccountId } from '../../support/accounts.js';
import { aFeature, anAllowance } from '../../support/entitlements.js';

const NONE = { used: 0n, reserved: 0n };
const counts = { day: NONE, month: NONE, billing_period: NONE, lifetime: NONE };

const factsOf = (
  planned: Readonly<Record<'storage_bytes' | 'objects', Allowance | undefined>>,
  outcome: 'allow' | 'block' = 'allow',
): AccountFacts => ({
  accountId: newAccountId(),
  asOf: AT,
  lifecycle: { state: 'active_paid', source: 'default_active_paid', outcome, explanation: '' },
  features: new Map(
    (['storage_bytes', 'objects'] as const).map((key) => [
      key,
      { feature: aFeature({ key, held: true }), planned: planned[key], held: 5n, counts },
    ]),
  ),
});

const ruleOf = async (facts: AccountFacts, fallbacks = new Map<string, Allowance>()) => {
  const limits = storageLimits(() => okAsync(facts), fallbacks, fixedClock(AT));
  return (await limits.ruleFor(facts.accountId))._unsafeUnwrap();
};
const unlimited = anAllowance({ limit: undefined });

describe('The rule of what an account may store', () => {
  it('refuses just what goes beyond the ceiling that it tells', async () => {
    const limit = fc.option(
      fc.record({ limit: fc.option(fc.bigInt(0n, 20n), { nil: undefined }), soft: fc.boolean() }),
      { nil: undefined },
    );
    const size = fc.record({ bytes: fc.nat(25), objects: fc.nat(25) });
    await fc.assert(
      fc.asyncProperty(limit, limit, size, size, async (bytes, objects, used, more) => {
        const facts = factsOf({
          storage_bytes: bytes && anAllowance(bytes),
          objects: objects && anAllowance(objects),
        });
        const rule = await ruleOf(facts);
        const { ceiling = {} } = rule;
        const isBeyond = (of: 'bytes' | 'objects') =>
          more[of] > 0 && used[of] + more[of] > (ceiling[of] ?? Number.POSITIVE_INFINITY);
        const isAbsent = bytes === undefined || objects === undefined;
        expect(rule(used, more) !== undefined).toBe(isAbsent || isBeyond('bytes') || isBeyond('objects'));
      }),
    );
  });

  it('knows whom nothing is refused: where there is no limit, or a soft one', async () => {
    const soft = anAllowance({ limit: 1n, soft: true });
    expect(isUnlimited((await ruleOf(factsOf({ storage_bytes: unlimited, objects: soft }))).ceiling)).toBe(
      true,
    );
    const limited = await ruleOf(factsOf({ storage_bytes: anAllowance(), objects: unlimited }));
    expect(limited.ceiling).toEqual({ bytes: 10, objects: undefined });
    const settings = new Map([['storage_bytes', anAllowance({ limit: 7n })]]);
    const byDefault = await ruleOf(factsOf({ storage_bytes: undefined, objects: unlimited }), settings);
    expect(byDefault.ceiling).toEqual({ bytes: 7, objects: undefined });
    const blocked = await ruleOf(factsOf({ storage_bytes: unlimited, objects: unlimited }, 'block'));
    expect(isUnlimited(blocked.ceiling)).toBe(false);
  });
});
