import fc from 'fast-check';
import { okAsync, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reservation } from '../../../src/domain/entitlements/usage.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, type Instant, iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { EntitlementsTx, WindowStarts } from '../../../src/ports/entitlements/unit-of-work.js';
import { AT } from '../../support/accounts.js';
import { aReservation, aUse, windowsAt } from '../../support/entitlements.js';
import { value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

const RUNS = 12;
/** Two days of one month, and one of the next. */
const MOMENTS: readonly Instant[] = [plus(AT, -DAY), AT, plus(AT, DAY)];

const moment = fc.constantFrom(...MOMENTS);
const use = fc.record({
  at: moment,
  key: fc.nat(7),
  value: fc.integer({ min: -5, max: 9 }).filter((n) => n !== 0),
});
const deed = fc.oneof(
  fc.record({ kind: fc.constant('record' as const), uses: fc.array(use, { minLength: 1, maxLength: 5 }) }),
  fc.record({ kind: fc.constant('reserve' as const), at: moment, amount: fc.integer({ min: 1, max: 9 }) }),
  fc.record({
    kind: fc.constant('settle' as const),
    which: fc.nat(3),
    to: fc.constantFrom('confirmed' as const, 'released' as const, 'expired' as const),
  }),
  fc.record({ kind: fc.constant('lock' as const), at: moment }),
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

export const entitlementsInStepContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Counters and what they count: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let feature: string;
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
      feature = (await given.feature()).id;
    });

    /** What the counters of an account have to be, from its records and from what it has set aside. */
    const summed = async (account: AccountId, reservations: readonly Reservation[]) => {
      const sums = new Map<string, { used: bigint; reserved: bigint }>();
      const add = ({ day, month }: WindowStarts, used: bigint, reserved: bigint): void => {
        for (const [kind, start] of [
          ['day', iso(day)],
          ['month', iso(month)],
          ['lifetime', '1970-01-01T00:00:00.000Z'],
        ]) {
          const window = `${kind} ${start}`;
          const before = sums.get(window) ?? { used: 0n, reserved: 0n };
          sums.set(window, { used: before.used + used, reserved: before.reserved + reserved });
        }
      };
      const { items } = await value(rig.entitled.records(account, { size: 1_000 }));
      for (const { usedAt, value: used } of items) add(windowsAt(usedAt), used, 0n);
      for (const { id } of reservations) {
        const now = await value(rig.entitlements.run((tx) => tx.usage.reservation(account, id)));
        if (now.state === 'held') add(windowsAt(now.reservedAt), 0n, now.amount);
      }
      return [...sums].map(([window, { used, reserved }]) => `${window}: ${used} + ${reserved}`);
    };

    const doing = (account: AccountId, made: Reservation[]) => {
      const acts: {
        readonly [K in Deed['kind']]: (
          tx: EntitlementsTx,
          one: Deed & { kind: K },
        ) => ResultAsync<unknown, unknown>;
      } = {
        record: (tx, { uses }) =>
          tx.usage.record(
            uses.map(({ at, key, value: used }) => ({
              record: aUse(account, feature, { usedAt: at, key: `key ${key}`, value: BigInt(used) }),
              windows: windowsAt(at),
            })),
          ),
        reserve: (tx, { at, amount }) => {
          const times = { reservedAt: at, expiresAt: plus(at, MINUTE) };
          const reservation = aReservation(account, feature, { ...times, amount: BigInt(amount) });
          made.push(reservation);
          return tx.usage
            .lock(account, feature, windowsAt(at), at)
            .andThen(() => tx.usage.reserve(reservation, windowsAt(at)));
        },
        settle: (tx, { which, to }) => {
          const one = made[which];
          return one === undefined ? okAsync(undefined) : tx.usage.settle(account, one.id, to);
        },
        lock: (tx, { at }) => tx.usage.lock(account, feature, windowsAt(at), at),
      };
      return (tx: EntitlementsTx, one: Deed) => acts[one.kind](tx, one as never);
    };

    it('are in step, whatever is recorded, put right, set aside, settled and given back', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 12 }), async (deeds) => {
          const account = await given.account();
          const made: Reservation[] = [];
          const act = doing(account, made);
          for (const one of deeds) await value(rig.entitlements.runAdding((tx) => act(tx, one)));
          const isEmpty = (counter: string) => counter.endsWith(': 0 + 0');
          const kept = (await rig.counters(account, feature)).filter((counter) => !isEmpty(counter));
          const sums = (await summed(account, made)).filter((sum) => !isEmpty(sum));
          expect(kept).toEqual(sums.sort());
        }),
        { numRuns: RUNS },
      );
    });
  });
