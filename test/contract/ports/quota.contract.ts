import fc from 'fast-check';
import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { plus } from '../../../src/domain/shared/time.js';
import type { QuotaFeature } from '../../../src/ports/shared/shared-tx.js';
import { allowed, aPlanOf, override, subscribe } from '../../support/entitled.js';
import { AT, QUOTAS, type SharedRig } from './shared.rig.js';

const HARD = 20;

export const quotaContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Quota: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });
    const take = (account: AccountId, n = 1, feature: QuotaFeature = 'buckets', at = AT) =>
      rig.units.run((tx) => tx.quota.take(account, feature, n, at));
    const release = (account: AccountId, n = 1) =>
      rig.units.run((tx) => tx.quota.release(account, 'buckets', n));
    const used = (account: AccountId) => rig.used(account, 'buckets');
    /** What was refused, as the decision says. */
    const refusal = async (taking: ReturnType<typeof take>) => {
      const failure = (await taking)._unsafeUnwrapErr();
      if (failure.kind !== 'quota_exceeded') throw new Error(failure.kind);
      const { feature, reason, source, limit, used: at } = failure.decision;
      return [feature, reason, source, limit === undefined ? undefined : Number(limit), Number(at)];
    };
    const reached = (limit: number, at = limit, source = 'default') => [
      'buckets',
      'limit_reached',
      source,
      limit,
      at,
    ];

    it('gives up to the limit and not one more', async () => {
      const account = await rig.newAccount();
      expect(await take(account, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await refusal(take(account))).toEqual(reached(QUOTAS.buckets));
      expect(await used(account)).toBe(QUOTAS.buckets);
    });

    it('takes nothing when asked for more than is left', async () => {
      const account = await rig.newAccount();
      expect(await refusal(take(account, QUOTAS.buckets + 1))).toEqual(reached(QUOTAS.buckets, 0));
      expect(await take(account, 2)).toEqual(ok(undefined));
      expect(await refusal(take(account, QUOTAS.buckets - 1))).toEqual(reached(QUOTAS.buckets, 2));
      expect(await used(account)).toBe(2);
    });

    it('can be taken again once it is given back, and never falls below nothing', async () => {
      const account = await rig.newAccount();
      expect(await release(account)).toEqual(ok(undefined));
      expect(await take(account, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await release(account, 2)).toEqual(ok(undefined));
      expect(await take(account, 2)).toEqual(ok(undefined));
      expect(await refusal(take(account))).toEqual(reached(QUOTAS.buckets));
      expect(await release(account, QUOTAS.buckets + 3)).toEqual(ok(undefined));
      expect(await used(account)).toBe(0);
    });

    it('counts nothing for a unit that answers Err, and tells of nothing', async () => {
      const account = await rig.newAccount();
      const result = await rig.units.run((tx) =>
        tx.quota
          .take(account, 'buckets', QUOTAS.buckets, AT)
          .andThen(() => errAsync('changed my mind' as const)),
      );
      expect(result).toEqual(err('changed my mind'));
      expect([await used(account), await rig.eventsOf(account)]).toEqual([0, []]);
    });

    it('counts each account and each feature by itself, without end where nobody set a limit', async () => {
      const [one, other] = [await rig.newAccount(), await rig.newAccount()];
      expect(await take(one, QUOTAS.buckets)).toEqual(ok(undefined));
      expect(await take(other)).toEqual(ok(undefined));
      expect(await take(one, QUOTAS.members, 'members')).toEqual(ok(undefined));
      expect(await take(one, 1_000, 'api_keys')).toEqual(ok(undefined));
    });

    it('goes by the override, else by the plan, else by the settings', async () => {
      const account = await rig.newAccount();
      const [small, large] = [
        await aPlanOf(rig, { buckets: allowed(2) }),
        await aPlanOf(rig, { buckets: allowed(40), members: allowed(null) }),
      ];
      await subscribe(rig, account, small);
      expect(await take(account, 2)).toEqual(ok(undefined));
      expect(await refusal(take(account))).toEqual(reached(2, 2, 'plan'));
      expect(await refusal(take(account, QUOTAS.connections + 1, 'connections'))).toEqual([
        'connections',
        'limit_reached',
        'default',
        QUOTAS.connections,
        0,
      ]);
      await subscribe(rig, account, large);
      expect(await take(account, 38)).toEqual(ok(undefined));
      expect(await take(account, 500, 'members')).toEqual(ok(undefined));
      const end = plus(AT, 1_000);
      await override(rig, account, 'buckets', allowed(41), end);
      expect(await take(account, 1, 'buckets', plus(end, -1))).toEqual(ok(undefined));
      expect(await refusal(take(account, 1, 'buckets', plus(end, -1)))).toEqual(reached(41, 41, 'override'));
      expect(await refusal(take(account, 1, 'buckets', end))).toEqual(reached(40, 41, 'plan'));
    });

    it('takes nothing away by a plan with less, and gives nothing more before there is room', async () => {
      const account = await rig.newAccount();
      await subscribe(rig, account, await aPlanOf(rig, { buckets: allowed(8) }));
      expect(await take(account, 8)).toEqual(ok(undefined));
      await subscribe(rig, account, await aPlanOf(rig, { buckets: allowed(3) }));
      expect(await refusal(take(account))).toEqual(reached(3, 8, 'plan'));
      (await release(account, 5))._unsafeUnwrap();
      expect(await refusal(take(account))).toEqual(reached(3, 3, 'plan'));
      (await release(account))._unsafeUnwrap();
      expect([await take(account), await used(account)]).toEqual([ok(undefined), 3]);
    });

    it('lets through what goes beyond a soft limit, and nothing in a suspended account', async () => {
      const account = await rig.newAccount();
      await override(rig, account, 'buckets', allowed(1, { soft: true }));
      expect(await take(account, 4)).toEqual(ok(undefined));
      await rig.suspend(account);
      expect(await refusal(take(account))).toEqual(['buckets', 'lifecycle_blocked', 'lifecycle', 1, 4]);
      expect([await release(account), await used(account)]).toEqual([ok(undefined), 3]);
    });

    it('tells once that a limit is near, and once that it is reached', async () => {
      const account = await rig.newAccount();
      await rig.limit(account, 'buckets', 10);
      const told = async () =>
        (await rig.eventsOf(account)).map(({ type, data }) => [type, data]).sort() as unknown[];
      const data = { feature: 'buckets', limit: 10, window_start: '1970-01-01T00:00:00.000Z' };
      const warned = ['entitlement.warned', { ...data, used: 8 }];
      (await take(account, 7))._unsafeUnwrap();
      expect(await told()).toEqual([]);
      (await take(account))._unsafeUnwrap();
      expect(await told()).toEqual([warned]);
      (await release(account, 2))._unsafeUnwrap();
      (await take(account, 2))._unsafeUnwrap();
      (await take(account, 2))._unsafeUnwrap();
      (await release(account))._unsafeUnwrap();
      (await take(account))._unsafeUnwrap();
      expect(await told()).toEqual([['entitlement.reached', { ...data, used: 10 }], warned]);
    });

    it('is never overdrawn by units that take at the same moment', async () => {
      const account = await rig.newAccount();
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => take(account)));
      expect(outcomes.filter((outcome) => outcome.isOk())).toHaveLength(QUOTAS.buckets);
      const decisions = outcomes.flatMap((outcome) =>
        outcome.isErr() && outcome.error.kind === 'quota_exceeded' ? [outcome.error.decision] : [],
      );
      expect(decisions.map(({ reason, used: at }) => [reason, at])).toEqual(
        Array(7).fill(['limit_reached', BigInt(QUOTAS.buckets)]),
      );
      expect(await used(account)).toBe(QUOTAS.buckets);
      expect((await rig.eventsOf(account)).map(({ type }) => type).sort()).toEqual([
        'entitlement.reached',
        'entitlement.warned',
      ]);
    });
  });

type Step = { readonly n: number; readonly adding: boolean };

/** Nobody gives back what nobody has: whoever would is left out. */
const possible = (round: readonly Step[], held: number): readonly Step[] => {
  let left = held;
  return round.filter(({ n }) => {
    const isPossible = n > 0 || left + n >= 0;
    if (isPossible && n < 0) left += n;
    return isPossible;
  });
};

const anyRounds = fc.array(
  fc.array(fc.record({ n: fc.integer({ min: -6, max: 9 }), adding: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  { maxLength: 4 },
);

/** Whatever is taken and given back at the same moment, by units of either kind. */
export const quotaModel = (name: string, open: () => Promise<SharedRig>, numRuns: number) =>
  describe(`Quota under parallel units: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });
    const take = async (account: AccountId, { n, adding }: Step): Promise<number | string> => {
      const done = await rig.units[adding ? 'runAdding' : 'run']((tx) =>
        n >= 0 ? tx.quota.take(account, 'gateways', n, AT) : tx.quota.release(account, 'gateways', -n),
      );
      return done.isOk() ? n : done.error.kind;
    };

    it('never passes a hard limit, and counts what was taken less what was given back', async () => {
      const holds = async (rounds: readonly (readonly Step[])[]): Promise<void> => {
        const account = await rig.newAccount();
        await rig.limit(account, 'gateways', HARD);
        let held = 0;
        for (const round of rounds) {
          const done = await Promise.all(possible(round, held).map((step) => take(account, step)));
          held += done.reduce<number>((sum, n) => sum + (typeof n === 'number' ? n : 0), 0);
          expect(held).toBeLessThanOrEqual(HARD);
          expect(await rig.used(account, 'gateways')).toBe(held);
          expect(done.filter((n) => typeof n === 'string' && n !== 'quota_exceeded')).toEqual([]);
        }
      };
      await fc.assert(fc.asyncProperty(anyRounds, holds), { numRuns });
    });
  });
