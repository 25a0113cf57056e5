import { errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, type Instant, iso, plus } from '../../../src/domain/shared/time.js';
import type { Use } from '../../../src/ports/accounts/uses.js';
import { AT, newHash, newId } from '../../support/accounts.js';
import { anAllowance, anOverride } from '../../support/entitlements.js';
import { outcomes, value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

const aUse = (accountId: AccountId, over: Partial<Use> = {}): Use => ({
  accountId,
  feature: 'api_calls',
  amount: 1n,
  key: `key ${newId()}`,
  at: AT,
  ...over,
});

/** What accounts count themselves. */
export const usesContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Uses: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    const ids = new Map<string, string>();
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
      for (const key of ['tokens_issued', 'credentials_generated', 'api_calls'])
        ids.set(key, (await value(rig.entitled.feature(key))).id);
    });
    const idOf = (key: string): string => ids.get(key) ?? '';
    const count = (...uses: readonly Use[]) => rig.accounts.runAdding((tx) => tx.uses.count(uses));
    const used = async (account: AccountId, feature: string, at: Instant = AT) => {
      const counts = (await value(rig.facts(account, at, [feature]))).features.get(feature)?.counts;
      return counts && [counts.day.used, counts.month.used, counts.billing_period.used, counts.lifetime.used];
    };

    /** Nobody was told yet that use came to this share of a limit of 10 today. */
    const isFirst = async (accountId: AccountId, feature: string, percent: number): Promise<boolean> => {
      const windowStart = plus(AT, -(AT % DAY));
      const asked = await rig.entitlements.run((tx) =>
        tx.usage
          .crossed({ accountId, featureId: idOf(feature), windowStart, percent, limit: 10n, at: AT })
          .andThen((first) => errAsync(first)),
      );
      return asked._unsafeUnwrapErr() as boolean;
    };

    it('counts each in its own account, feature and day, and says on what record', async () => {
      const [one, other] = [await given.account(), await given.account()];
      const late = plus(AT, DAY);
      const use = aUse(one, { amount: 5n });
      const uses = [
        use,
        aUse(one, { amount: 2n }),
        aUse(one, { at: late }),
        aUse(one, { feature: 'tokens_issued' }),
        aUse(other),
      ];
      expect(await count(...uses)).toEqual(ok(undefined));
      expect(await count()).toEqual(ok(undefined));
      expect(await used(one, 'api_calls')).toEqual([7n, 7n, 0n, 8n]);
      expect(await used(one, 'api_calls', late)).toEqual([1n, 1n, 0n, 8n]);
      expect(await used(one, 'tokens_issued')).toEqual([1n, 1n, 0n, 1n]);
      expect(await used(one, 'credentials_generated')).toEqual([0n, 0n, 0n, 0n]);
      expect(await used(other, 'api_calls')).toEqual([1n, 1n, 0n, 1n]);
      const { items } = await value(rig.entitled.records(one, { size: 10 }, idOf('api_calls')));
      expect(items.find(({ key }) => key === use.key)).toMatchObject({
        accountId: one,
        value: 5n,
        usedAt: AT,
        recordedAt: AT,
      });
    });

    it('counts once with one key, however often it is told, and in each account for itself', async () => {
      const [one, other] = [await given.account(), await given.account()];
      const use = aUse(one, { amount: 3n });
      await value(count(use));
      await value(count(use, aUse(one)));
      await value(count({ ...use, accountId: other }));
      expect([await used(one, 'api_calls'), await used(other, 'api_calls')]).toEqual([
        [4n, 4n, 0n, 4n],
        [3n, 3n, 0n, 3n],
      ]);
      await expect(count({ ...use, amount: 4n })).rejects.toThrow('another one');
      expect(await used(one, 'api_calls')).toEqual([4n, 4n, 0n, 4n]);
    });

    it('counts nothing of a unit that answers Err', async () => {
      const account = await given.account();
      const client = { id: newId(), accountId: account, name: 'A client', scopes: [], createdAt: AT };
      const undone = await rig.accounts.run((tx) =>
        tx.organizationClients
          .add(client, newHash())
          .andThen(() => tx.uses.count([aUse(account, { feature: 'credentials_generated' })]))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone.isErr()).toBe(true);
      expect(await used(account, 'credentials_generated')).toEqual([0n, 0n, 0n, 0n]);
      expect(await value(rig.entitled.records(account, { size: 10 }))).toEqual({ items: [] });
    });

    it('counts in the billing period of the live subscription, while the moment lies in it', async () => {
      const [billed, ended] = [await given.account(), await given.account()];
      const period = { start: plus(AT, -DAY), end: plus(AT, 9 * DAY) };
      await given.subscribed(billed, await given.plan(), { period });
      await given.subscribed(ended, await given.plan(), { period, status: 'ended', endedAt: AT });
      await value(count(aUse(billed), aUse(billed, { at: plus(period.start, -1) }), aUse(ended)));
      expect(await rig.counters(billed, idOf('api_calls'))).toContain(
        `billing_period ${iso(period.start)}: 1 + 0`,
      );
      expect(await rig.counters(billed, idOf('api_calls'))).toContain(
        'lifetime 1970-01-01T00:00:00.000Z: 2 + 0',
      );
      expect((await rig.counters(ended, idOf('api_calls'))).join()).not.toContain('billing_period');
    });

    it('loses none of those who count at once, in whatever order they name their accounts', async () => {
      const accounts = [await given.account(), await given.account(), await given.account()];
      const units = Array.from({ length: 12 }, (_, n) => {
        const uses = accounts.map((account) => aUse(account));
        return count(...(n % 2 === 0 ? uses : uses.reverse()));
      });
      expect(new Set(await outcomes(units))).toEqual(new Set(['ok']));
      for (const account of accounts) expect((await used(account, 'api_calls'))?.[0]).toBe(12n);
    });

    it('tells of each share of a limit once, by the override before the plan, and of none without limit', async () => {
      const [planned, free] = [await given.account(), await given.account()];
      const plan = await given.plan();
      const allowance = anAllowance({ limit: 10n, window: 'day' });
      await given.included(plan.id, idOf('api_calls'), allowance);
      for (const account of [planned, free]) await given.subscribed(account, plan);
      await given.overridden(
        anOverride(free, idOf('api_calls'), { allowance: { ...allowance, limit: undefined } }),
      );
      const seen: boolean[][] = [];
      for (const amount of [7n, 1n, 1n, 5n]) {
        await value(count(aUse(planned, { amount }), aUse(free, { amount })));
        seen.push([
          await isFirst(planned, 'api_calls', 80),
          await isFirst(planned, 'api_calls', 100),
          await isFirst(free, 'api_calls', 80),
          await isFirst(free, 'api_calls', 100),
        ]);
      }
      expect(seen).toEqual([
        [true, true, true, true],
        [false, true, true, true],
        [false, true, true, true],
        [false, false, true, true],
      ]);
    });

    it('tells of no limit of an override that is over', async () => {
      const [over, standing] = [await given.account(), await given.account()];
      const allowance = anAllowance({ limit: 10n, window: 'day' });
      const ends = [
        [over, AT],
        [standing, plus(AT, 1)],
      ] as const;
      for (const [account, endsAt] of ends) {
        await given.overridden(anOverride(account, idOf('tokens_issued'), { allowance, endsAt }));
        await value(count(aUse(account, { feature: 'tokens_issued', amount: 10n })));
      }
      expect([
        await isFirst(over, 'tokens_issued', 100),
        await isFirst(standing, 'tokens_issued', 100),
      ]).toEqual([true, false]);
    });
  });
