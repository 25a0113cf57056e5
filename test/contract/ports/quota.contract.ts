import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { QUOTAS, type SharedRig } from './shared.rig.js';

const exceeded = (limit: number) => err({ kind: 'quota_exceeded', feature: 'buckets', limit });

export const quotaContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Quota: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });
    const take = (account: AccountId, n = 1) => rig.units.run((tx) => tx.quota.take(account, 'buckets', n));
    const release = (account: AccountId, n = 1) =>
      rig.units.run((tx) => tx.quota.release(account, 'buckets', n));
    const used = (account: AccountId) => rig.used(account, 'buckets');

    it('gives up to the limit and not one more', async () => {
      const account = await rig.newAccount();
      expect(await take(account, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await take(account)).toEqual(exceeded(QUOTAS.buckets));
      expect(await used(account)).toBe(QUOTAS.buckets);
    });

    it('takes nothing when asked for more than is left', async () => {
      const account = await rig.newAccount();
      expect(await take(account, QUOTAS.buckets + 1)).toEqual(exceeded(QUOTAS.buckets));
      expect(await take(account, 2)).toEqual(ok(undefined));
      expect(await take(account, QUOTAS.buckets - 1)).toEqual(exceeded(QUOTAS.buckets));
      expect(await used(account)).toBe(2);
    });

    it('can be taken again once it is given back', async () => {
      const account = await rig.newAccount();
      expect(await take(account, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await release(account, 2)).toEqual(ok(undefined));
      expect(await take(account, 2)).toEqual(ok(undefined));
      expect(await take(account)).toEqual(exceeded(QUOTAS.buckets));
    });

    it('never falls below nothing', async () => {
      const account = await rig.newAccount();
      expect(await release(account)).toEqual(ok(undefined));
      expect(await take(account)).toEqual(ok(undefined));
      expect(await release(account, 3)).toEqual(ok(undefined));
      expect(await used(account)).toBe(0);
    });

    it('counts nothing for a unit that answers Err', async () => {
      const account = await rig.newAccount();
      const result = await rig.units.run((tx) =>
        tx.quota.take(account, 'buckets', 1).andThen(() => errAsync('changed my mind')),
      );
      expect(result).toEqual(err('changed my mind'));
      expect(await used(account)).toBe(0);
    });

    it('counts each account and each feature by itself', async () => {
      const [one, other] = [await rig.newAccount(), await rig.newAccount()];
      expect(await take(one, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await take(other)).toEqual(ok(undefined));
      expect(await rig.units.run((tx) => tx.quota.take(one, 'members', QUOTAS.members))).toEqual(
        ok(undefined),
      );
    });

    it.each([1, 40])('goes by the limit of the account itself when it has one: %i', async (limit) => {
      const account = await rig.newAccount();
      await rig.limit(account, 'buckets', limit);
      expect(await take(account, limit)).toEqual(ok(undefined));
      expect(await take(account)).toEqual(exceeded(limit));
    });

    it('is never overdrawn by units that take at the same moment', async () => {
      const account = await rig.newAccount();
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => take(account)));
      expect(outcomes.filter((outcome) => outcome.isOk())).toHaveLength(QUOTAS.buckets);
      expect(outcomes.filter((outcome) => outcome.isErr())).toEqual(Array(7).fill(exceeded(QUOTAS.buckets)));
      expect(await used(account)).toBe(QUOTAS.buckets);
    });
  });
