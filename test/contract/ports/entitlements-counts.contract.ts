import { ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { windowStartsOf } from '../../../src/domain/entitlements/windows.js';
import { DAY, HOUR, type Instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { AT } from '../../support/accounts.js';
import { aReservation, aUse } from '../../support/entitlements.js';
import { value } from './accounts.rig.js';
import { asking, type EntitlementsRig, entitling } from './entitlements.rig.js';

const NONE = { used: 0n, reserved: 0n };
const NOTHING = { day: NONE, month: NONE, billing_period: NONE, lifetime: NONE };
const PERIOD = { start: plus(AT, -20 * DAY), end: plus(AT, 10 * DAY) };

export const entitlementsCountsContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Counts in facts: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let facts: ReturnType<typeof asking>;
    beforeAll(async () => {
      rig = await open();
      [given, facts] = [entitling(rig), asking(rig)];
    });
    const settle = async () => {
      const [account, feature, plan] = [await given.account(), await given.feature(), await given.plan()];
      return { account, feature, plan };
    };

    it('tells the counts of the windows of its moment, period by period', async () => {
      const { account, feature, plan } = await settle();
      await given.subscribed(account, plan, { period: PERIOD });
      const record = (usedAt: Instant, amount: bigint) =>
        value(
          rig.entitlements.run((tx) =>
            tx.usage.record([
              {
                record: aUse(account, feature.id, { usedAt, value: amount }),
                windows: windowStartsOf(usedAt, { period: PERIOD, now: usedAt }),
              },
            ]),
          ),
        );
      // The period has ended, and nobody has told of the next one.
      const later = plus(PERIOD.end, 10 * DAY);
      await record(AT, 1n);
      await record(plus(AT, -DAY), 10n);
      await record(plus(PERIOD.start, DAY), 100n);
      await record(later, 1_000n);
      const all = 1_111n;
      await given.used(aUse(account, (await given.feature()).id), aUse(await given.account(), feature.id));
      const used = async (at: Instant) => {
        const { counts } = await facts(account, feature, at);
        return counts && Object.fromEntries(Object.entries(counts).map(([kind, each]) => [kind, each.used]));
      };
      expect(await used(AT)).toEqual({ day: 1n, month: 111n, billing_period: all, lifetime: all });
      expect(await used(later)).toEqual({ day: 1_000n, month: 1_000n, billing_period: all, lifetime: all });
      expect(await used(plus(PERIOD.start, DAY))).toMatchObject({ day: 100n, billing_period: all });
      expect(await used(PERIOD.start)).toMatchObject({ day: 0n, billing_period: all });
      expect(await used(plus(PERIOD.start, -1))).toMatchObject({ month: 111n, billing_period: 0n });
    });

    it('counts as set aside what is held, until it has run out', async () => {
      const { account, feature } = await settle();
      const windows = windowStartsOf(AT, { now: AT });
      const reserve = (amount: bigint, expiresAt: Instant) =>
        value(
          rig.entitlements.run((tx) =>
            tx.usage
              .lock(account, feature.id, windows, AT)
              .andThen(() =>
                tx.usage.reserve(aReservation(account, feature.id, { amount, expiresAt }), windows),
              ),
          ),
        );
      await reserve(3n, plus(AT, MINUTE));
      await reserve(5n, plus(AT, HOUR));
      const reserved = async (at: Instant) => (await facts(account, feature, at)).counts;
      const of = (n: bigint) => ({ used: 0n, reserved: n });
      expect(await reserved(plus(AT, MINUTE - 1))).toMatchObject({ day: of(8n), lifetime: of(8n) });
      expect(await reserved(plus(AT, MINUTE))).toEqual({
        ...NOTHING,
        day: of(5n),
        month: of(5n),
        lifetime: of(5n),
      });
      expect(await reserved(plus(AT, 12 * HOUR))).toEqual(NOTHING);
    });

    it('sees within a unit what the unit has done', async () => {
      const { account, feature } = await settle();
      const windows = windowStartsOf(AT, { now: AT });
      const within = await value(
        rig.entitlements.run((tx) =>
          tx.usage
            .record([{ record: aUse(account, feature.id, { value: 7n }), windows }])
            .andThen(() => tx.facts(account, AT, [feature.key])),
        ),
      );
      expect(within.features.get(feature.key)?.counts.lifetime).toEqual({ used: 7n, reserved: 0n });
      expect(ok(within)).toEqual(await rig.facts(account, AT, [feature.key]));
    });
  });
