import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reservation } from '../../../src/domain/entitlements/usage.js';
import { windowStartsOf } from '../../../src/domain/entitlements/windows.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, type Instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { EntitlementsTx } from '../../../src/ports/entitlements/unit-of-work.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aReservation, aUse, windowsAt } from '../../support/entitlements.js';
import { meeting } from '../../support/meeting.js';
import { outcomes, value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

const NONE = { used: 0n, reserved: 0n };
const LIFETIME = 'lifetime 1970-01-01T00:00:00.000Z';
const PERIOD = { start: plus(AT, -DAY), end: plus(AT, DAY) };

export const entitlementsReservationsContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Reservations: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let account: AccountId;
    let feature: string;
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
    });
    const another = async (): Promise<void> => {
      account = await given.account();
      feature = (await given.feature()).id;
    };
    const run = <T>(work: (tx: EntitlementsTx) => ResultAsync<T, unknown>): Promise<T> =>
      value(rig.entitlements.run(work));
    const lock = (at: Instant = AT, windows = windowsAt(at)) =>
      run((tx) => tx.usage.lock(account, feature, windows, at));
    const reserve = async (over: Partial<Reservation> = {}, windows = windowsAt()): Promise<Reservation> => {
      const reservation = aReservation(account, feature, over);
      await run((tx) =>
        tx.usage
          .lock(account, feature, windows, reservation.reservedAt)
          .andThen(() => tx.usage.reserve(reservation, windows)),
      );
      return reservation;
    };
    const settle = ({ id }: Reservation, state: 'confirmed' | 'released' | 'expired') =>
      rig.entitlements.run((tx) => tx.usage.settle(account, id, state));
    const stateOf = async ({ id }: Reservation) =>
      (await run((tx) => tx.usage.reservation(account, id))).state;
    const counters = () => rig.counters(account, feature);

    it('sets aside in all windows, beside what was used, and takes it out again', async () => {
      await another();
      expect(await lock()).toEqual({ day: NONE, month: NONE, billing_period: NONE, lifetime: NONE });
      await given.used(aUse(account, feature, { value: 4n }));
      const windows = windowStartsOf(AT, { period: PERIOD, now: AT });
      const reservation = await reserve({ amount: 3n }, windows);
      const both = { used: 4n, reserved: 3n };
      expect(await lock(AT, windows)).toEqual({
        ...{ day: both, month: both, lifetime: both },
        billing_period: { used: 0n, reserved: 3n },
      });
      expect(await run((tx) => tx.usage.reservation(account, reservation.id))).toEqual(reservation);
      expect(await run((tx) => tx.usage.windowsOf(account, reservation.id))).toEqual(windows);
      expect(await settle(reservation, 'confirmed')).toEqual(ok(true));
      expect(await stateOf(reservation)).toBe('confirmed');
      expect(await lock(AT, windows)).toMatchObject({
        lifetime: { used: 4n, reserved: 0n },
        billing_period: NONE,
      });
    });

    it('settles what is held, once, in its account', async () => {
      await another();
      for (const state of ['confirmed', 'released', 'expired'] as const) {
        const reservation = await reserve();
        expect(await settle(reservation, state)).toEqual(ok(true));
        for (const again of ['confirmed', 'released', 'expired'] as const)
          expect(await settle(reservation, again)).toEqual(ok(false));
        expect(await stateOf(reservation)).toBe(state);
      }
      const held = await reserve();
      const elsewhere = await given.account();
      for (const [of, id] of [
        [elsewhere, held.id],
        [account, newId()],
      ] as const) {
        expect(await rig.entitlements.run((tx) => tx.usage.settle(of, id, 'released'))).toEqual(ok(false));
        for (const nothing of [
          rig.entitlements.run((tx) => tx.usage.reservation(of, id)),
          rig.entitlements.run((tx) => tx.usage.windowsOf(of, id)),
        ])
          expect(await nothing).toEqual(err(NOT_FOUND));
      }
      expect(await counters()).toContain(`${LIFETIME}: 0 + 3`);
    });

    it.each(['run', 'runAdding'] as const)(
      'gives three of five at once by %s who want 3 of 10',
      async (way) => {
        await another();
        const met = meeting(5);
        const one = () =>
          rig.entitlements[way]((tx) =>
            tx.usage
              .byKeys(account, ['nothing'])
              .andThen(() => met())
              .andThen(() => tx.usage.lock(account, feature, windowsAt(), AT))
              .andThen(({ month: { used, reserved } }) =>
                used + reserved + 3n > 10n
                  ? errAsync({ kind: 'limit_reached' })
                  : tx.usage.reserve(aReservation(account, feature), windowsAt()),
              ),
          );
        expect(await outcomes(Array.from({ length: 5 }, one))).toEqual([
          'limit_reached',
          'limit_reached',
          'ok',
          'ok',
          'ok',
        ]);
        expect(await counters()).toContain(`${LIFETIME}: 0 + 9`);
      },
    );

    it.each(['run', 'runAdding'] as const)(
      'has one winner of those who settle at once by %s',
      async (way) => {
        await another();
        for (let round = 0; round < 5; round += 1) {
          const reservation = await reserve({ amount: 2n });
          const met = meeting(4);
          const after = plus(reservation.expiresAt, 1);
          const race = (state: 'confirmed' | 'released' | 'expired') =>
            rig.entitlements[way]((tx) =>
              tx.usage
                .reservation(account, reservation.id)
                .andThen(() => met())
                .andThen(() => tx.usage.settle(account, reservation.id, state))
                .andThen((won) =>
                  won && state === 'confirmed'
                    ? tx.usage
                        .record([{ record: aUse(account, feature, { value: 2n }), windows: windowsAt() }])
                        .map(() => state)
                    : okAsync(won ? state : undefined),
                ),
            );
          const expire = rig.entitlements[way]((tx) =>
            tx.usage
              .byKeys(account, ['nothing'])
              .andThen(() => met())
              .andThen(() => tx.usage.lock(account, feature, windowsAt(), after))
              .map(() => undefined),
          );
          const all = await Promise.all([race('confirmed'), race('released'), race('confirmed'), expire]);
          const winners = all.flatMap((each) => each._unsafeUnwrap() ?? []);
          const stands = await stateOf(reservation);
          expect(winners).toEqual(stands === 'expired' ? [] : [stands]);
          await given.used(aUse(account, feature, { value: stands === 'confirmed' ? 1n : 3n }));
          expect(await counters()).toContain(`${LIFETIME}: ${(round + 1) * 3} + 0`);
        }
      },
    );

    it('gives back what has run out before it answers, in the windows it was set aside in', async () => {
      await another();
      const midnight = plus(AT, 12 * 60 * MINUTE);
      const yesterday = await reserve({ expiresAt: plus(midnight, MINUTE) });
      const today = windowsAt(midnight);
      const late = await reserve(
        { amount: 5n, reservedAt: midnight, expiresAt: plus(midnight, MINUTE) },
        today,
      );
      const held = await reserve(
        { amount: 7n, reservedAt: midnight, expiresAt: plus(midnight, 2 * MINUTE) },
        today,
      );
      const before = await lock(plus(midnight, MINUTE - 1));
      expect(before).toMatchObject({ lifetime: { reserved: 15n }, day: { reserved: 12n } });
      const other = aReservation(account, (await given.feature()).id, { expiresAt: midnight });
      await run((tx) => tx.usage.reserve(other, windowsAt()));
      const after = await lock(plus(midnight, MINUTE));
      expect(after).toMatchObject({ lifetime: { reserved: 7n }, day: { reserved: 7n } });
      expect(await Promise.all([yesterday, late, held, other].map(stateOf))).toEqual([
        'expired',
        'expired',
        'held',
        'held',
      ]);
      expect(await counters()).toEqual([
        'day 2026-01-31T00:00:00.000Z: 0 + 0',
        'day 2026-02-01T00:00:00.000Z: 0 + 7',
        `${LIFETIME}: 0 + 7`,
        'month 2026-01-01T00:00:00.000Z: 0 + 0',
        'month 2026-02-01T00:00:00.000Z: 0 + 7',
      ]);
    });

    it('lists what has run out, oldest first, as long as it is held', async () => {
      await another();
      const at = plus(AT, -400 * DAY);
      const ending = (minutes: number) =>
        reserve({ reservedAt: plus(at, -MINUTE), expiresAt: plus(at, minutes * MINUTE) });
      const [third, first, second, still] = [
        await ending(2),
        await ending(0),
        await ending(1),
        await ending(3),
      ];
      const now = plus(at, 2 * MINUTE);
      // What the other tests left there has not run out so long ago.
      expect(await rig.entitled.expired(now, 10)).toEqual(ok([first, second, third]));
      expect(await rig.entitled.expired(now, 2)).toEqual(ok([first, second]));
      expect(await settle(first, 'released')).toEqual(ok(true));
      expect(await rig.entitled.expired(now, 10)).toEqual(ok([second, third]));
      expect(await stateOf(still)).toBe('held');
    });

    it('leaves nothing of a unit that answers Err', async () => {
      await another();
      const [held, undone] = [await reserve(), aReservation(account, feature)];
      const before = await counters();
      const result = await rig.entitlements.run((tx) =>
        tx.usage
          .lock(account, feature, windowsAt(), plus(AT, DAY))
          .andThen(() => tx.usage.reserve(undone, windowsAt()))
          .andThen(() => errAsync('changed my mind' as const)),
      );
      expect(result).toEqual(err('changed my mind'));
      expect(await stateOf(held)).toBe('held');
      expect(await counters()).toEqual(before);
      expect(await settle(undone, 'released')).toEqual(ok(false));
    });
  });
