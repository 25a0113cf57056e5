import { ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../support/accounts.js';
import { aUse } from '../../support/entitlements.js';
import { value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

/** The numbers that contracts which count things know records of use by. */
export const usageNumbersContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Numbers of usage records: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
    });

    it('go up in the order of writing, stay what they are, and are told to the account alone', async () => {
      const [account, other] = [await given.account(), await given.account()];
      const { id: featureId } = await given.feature();
      const [first, second, theirs] = [
        aUse(account, featureId),
        aUse(account, featureId),
        aUse(other, featureId),
      ];
      await given.used(first);
      const before = await value(rig.entitled.numbersOf(account, [first.id]));
      await given.used(theirs);
      await given.used(second);
      const all = [second.id, first.id, theirs.id, newId()];
      const numbers = await value(rig.entitled.numbersOf(account, all));
      expect([...numbers.keys()].sort()).toEqual([first.id, second.id].sort());
      expect(numbers.get(first.id)).toBe(before.get(first.id));
      const between = (await value(rig.entitled.numbersOf(other, all))).get(theirs.id) ?? 0;
      expect(numbers.get(first.id)).toBeLessThan(between);
      expect(numbers.get(second.id)).toBeGreaterThan(between);
      expect(await rig.entitled.numbersOf(account, [])).toEqual(ok(new Map()));
    });
  });
