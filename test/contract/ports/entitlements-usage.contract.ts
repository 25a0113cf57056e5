import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { correctionKey } from '../../../src/domain/entitlements/standing.js';
import type { UsageRecord } from '../../../src/domain/entitlements/usage.js';
import { windowStartsOf } from '../../../src/domain/entitlements/windows.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { PageRequest, Place } from '../../../src/domain/shared/page.js';
import { DAY, type Instant, instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aUse, windowsAt } from '../../support/entitlements.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

const MIDNIGHT = instant(Date.UTC(2026, 1, 1));
const [BEFORE, AFTER] = [plus(MIDNIGHT, -1), MIDNIGHT];

/** The next by id, as they come from one process one after the other. */
const inOrder = (n: number, make: (id: string) => UsageRecord): readonly UsageRecord[] =>
  Array.from({ length: n }, newId).map(make);

export const entitlementsUsageContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Usage: ${name}`, () => {
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
    const record = (...rows: readonly (readonly [UsageRecord, ReturnType<typeof windowsAt>])[]) =>
      rig.entitlements.run((tx) => tx.usage.record(rows.map(([use, windows]) => ({ record: use, windows }))));
    const counters = () => rig.counters(account, feature);

    it('counts what it records in each window of its own moment, to the last bit', async () => {
      await another();
      const most = 9_007_199_254_740_991n;
      const uses = [
        aUse(account, feature, { usedAt: BEFORE, value: most }),
        aUse(account, feature, { usedAt: BEFORE, value: 2n, corrects: newId() }),
        aUse(account, feature, { usedAt: AFTER, value: 40n }),
      ];
      expect(await given.used(...uses)).toEqual(['recorded', 'recorded', 'recorded']);
      for (const use of uses)
        expect(await rig.entitlements.run((tx) => tx.usage.get(account, use.id))).toEqual(ok(use));
      expect(await counters()).toEqual([
        `day 2026-01-31T00:00:00.000Z: ${most + 2n} + 0`,
        'day 2026-02-01T00:00:00.000Z: 40 + 0',
        `lifetime 1970-01-01T00:00:00.000Z: ${most + 42n} + 0`,
        `month 2026-01-01T00:00:00.000Z: ${most + 2n} + 0`,
        'month 2026-02-01T00:00:00.000Z: 40 + 0',
      ]);
      const none = await rig.entitlements.run((tx) => tx.usage.get(account, newId()));
      expect(none).toEqual(err(NOT_FOUND));
      expect(await rig.entitlements.run((tx) => tx.usage.record([]))).toEqual(ok([]));
    });

    it('counts late use in the billing period only when it is told in the one it happened in', async () => {
      await another();
      const period = { start: plus(MIDNIGHT, -10 * DAY), end: plus(MIDNIGHT, 20 * DAY) };
      const at = (usedAt: Instant, now: Instant) =>
        [aUse(account, feature, { usedAt }), windowStartsOf(usedAt, { period, now })] as const;
      const late = plus(period.start, -MINUTE);
      expect(await record(at(late, AFTER), at(BEFORE, AFTER), at(AFTER, AFTER))).toEqual(
        ok(['recorded', 'recorded', 'recorded']),
      );
      expect(await counters()).toEqual([
        'billing_period 2026-01-22T00:00:00.000Z: 2 + 0',
        'day 2026-01-21T00:00:00.000Z: 1 + 0',
        'day 2026-01-31T00:00:00.000Z: 1 + 0',
        'day 2026-02-01T00:00:00.000Z: 1 + 0',
        'lifetime 1970-01-01T00:00:00.000Z: 3 + 0',
        'month 2026-01-01T00:00:00.000Z: 2 + 0',
        'month 2026-02-01T00:00:00.000Z: 1 + 0',
      ]);
    });

    it('counts a key once in an account and once in another, whatever is sent again', async () => {
      await another();
      const [first, elsewhere] = [account, await given.account()];
      const use = aUse(first, feature, { value: 5n, key: 'the "same" \\ key, {with} all' });
      const same = { ...use, id: newId(), recordedAt: plus(AT, MINUTE) };
      const theirs = { ...use, id: newId(), accountId: elsewhere };
      expect(await given.used(use)).toEqual(['recorded']);
      expect(await given.used(same, theirs)).toEqual(['again', 'recorded']);
      const other = (await given.feature()).id;
      for (const change of [{ value: 6n }, { featureId: other }, { usedAt: plus(AT, 1) }])
        expect(await given.used({ ...same, ...change })).toEqual(['key_reused']);
      const byKeys = (of: AccountId, ...keys: readonly string[]) =>
        value(rig.entitlements.run((tx) => tx.usage.byKeys(of, keys)));
      expect(await byKeys(first, use.key, 'another')).toEqual([use]);
      expect(await byKeys(elsewhere, use.key)).toEqual([theirs]);
      expect(await byKeys(first)).toEqual([]);
      for (const of of [first, elsewhere])
        expect(await rig.counters(of, feature)).toContain('lifetime 1970-01-01T00:00:00.000Z: 5 + 0');
      expect(await rig.counters(first, other)).toEqual([]);
    });

    it('takes of two with one key in a batch the first, and keeps no other row out', async () => {
      await another();
      const use = aUse(account, feature, { value: 5n });
      const old = aUse(account, feature, { value: 7n });
      await given.used(old);
      const batch = [
        use,
        { ...use, id: newId() },
        { ...use, id: newId(), value: 6n },
        { ...old, id: newId() },
        { ...old, id: newId(), value: 8n },
        { ...old, id: newId() },
        aUse(account, feature),
      ];
      expect(await given.used(...batch)).toEqual([
        'recorded',
        'again',
        'key_reused',
        'again',
        'key_reused',
        'again',
        'recorded',
      ]);
      expect(await counters()).toContain('day 2026-01-31T00:00:00.000Z: 13 + 0');
    });

    it('puts right by a record of the difference, and tells all there is of one', async () => {
      await another();
      const elsewhere = await given.account();
      const use = aUse(account, feature, { value: 5n });
      // Ids are of the clocks of several processes: the later one may have the lesser.
      const [lesser = '', greater = ''] = [newId(), newId()].sort();
      const [first, second] = [
        aUse(account, feature, { id: greater, value: -5n, corrects: use.id, key: correctionKey(use.id, 1) }),
        aUse(elsewhere, feature, { id: lesser, value: 2n, corrects: use.id, key: correctionKey(use.id, 2) }),
      ];
      await given.used(use);
      await given.used(second, first, aUse(account, feature, { corrects: newId() }));
      const history = (id: string) => value(rig.entitlements.run((tx) => tx.usage.history(id)));
      expect(await history(use.id)).toEqual([use, first, second]);
      expect(await history(newId())).toEqual([]);
      expect(await counters()).toContain('lifetime 1970-01-01T00:00:00.000Z: 1 + 0');
      expect(await rig.counters(elsewhere, feature)).toContain('lifetime 1970-01-01T00:00:00.000Z: 2 + 0');
    });

    it('knows of each record in which billing period it counted', async () => {
      await another();
      const use = aUse(account, feature);
      const back = aUse(account, feature, { value: -1n, corrects: use.id, key: correctionKey(use.id, 1) });
      const [windows, period] = [windowStartsOf(AT, { now: AT }), plus(AT, -DAY)];
      await value(
        rig.entitlements.run((tx) =>
          tx.usage.record([
            { record: use, windows: { ...windows, billing_period: period } },
            { record: back, windows },
          ]),
        ),
      );
      const history = await value(rig.entitlements.run((tx) => tx.usage.history(use.id)));
      expect(history.map(({ periodStart }) => periodStart)).toEqual([period, undefined]);
    });

    it('leaves neither a record nor a count of a unit that answers Err', async () => {
      await another();
      const use = aUse(account, feature);
      const undone = await rig.entitlements.run((tx) =>
        tx.usage
          .record([{ record: use, windows: windowsAt() }])
          .andThen(() => errAsync('changed my mind' as const)),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await counters()).toEqual([]);
      expect(await given.used(use)).toEqual(['recorded']);
    });

    it.each(['run', 'runAdding'] as const)(
      'loses nothing of batches that come at once by %s',
      async (way) => {
        await another();
        const features = [feature, (await given.feature()).id, (await given.feature()).id];
        const common = aUse(account, feature);
        const met = meeting(6);
        const batches = Array.from({ length: 6 }, (_, i) => {
          const uses = features.flatMap((id) => inOrder(4, (own) => aUse(account, id, { id: own })));
          const rows = [...uses, { ...common, id: newId() }].map((use) => ({
            record: use,
            windows: windowsAt(),
          }));
          return i % 2 === 0 ? rows : rows.reverse();
        });
        const all = await Promise.all(
          batches.map((rows) =>
            rig.entitlements[way]((tx) =>
              tx.usage
                .byKeys(account, ['nothing'])
                .andThen(() => met())
                .andThen(() => tx.usage.record(rows)),
            ),
          ),
        );
        const outcomes = all.flatMap((one) => one._unsafeUnwrap());
        expect(outcomes.filter((outcome) => outcome === 'again')).toHaveLength(5);
        expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(6 * 12 + 1);
        for (const [i, id] of features.entries())
          expect(await rig.counters(account, id)).toContain(
            `lifetime 1970-01-01T00:00:00.000Z: ${i === 0 ? 25 : 24} + 0`,
          );
      },
    );

    it('pages the records of an account, newest first, of one feature or of all', async () => {
      await another();
      const other = (await given.feature()).id;
      const uses = inOrder(5, (id) => aUse(account, feature, { id }));
      const others = inOrder(2, (id) => aUse(account, other, { id }));
      await given.used(...uses, ...others, aUse(await given.account(), feature));
      const newestFirst = [...uses, ...others].reverse();
      const all = await pagesOf((page) => rig.entitled.records(account, page), 3);
      expect(all).toEqual([newestFirst.slice(0, 3), newestFirst.slice(3, 6), newestFirst.slice(6)]);
      const some = await pagesOf((page) => rig.entitled.records(account, page, feature), 5);
      expect(some).toEqual([[...uses].reverse()]);
    });

    it('gives what was used in a stretch of time, newest first, page by page, whenever it was put on record', async () => {
      await another();
      const [mine, other] = [account, await given.account()];
      const at = (minutes: number, key: string, of = mine) =>
        aUse(of, feature, { usedAt: plus(AT, minutes * MINUTE), key, recordedAt: plus(AT, DAY) });
      await given.used(at(9, 'after'), at(2, 'c'), at(1, 'a'), at(3, 'end'), at(1, 'theirs', other));
      await given.used(at(1, 'b'), at(0, 'before'), at(2, 'd'));
      const stretch = { from: plus(AT, MINUTE), to: plus(AT, 3 * MINUTE) };
      const read = (page: PageRequest<Place>) => rig.entitled.recordsWithin(mine, stretch, page);
      for (const size of [1, 3, 4, 9]) {
        const pages = await pagesOf(read, size);
        expect(pages.length).toBe(Math.ceil(4 / size));
        expect(pages.flat().map(({ key }) => key)).toEqual(['d', 'c', 'b', 'a']);
      }
      const [newest] = (await value(read({ size: 1 }))).items;
      const { records } = rig.entitled;
      const all = (await value(records(mine, { size: 9 }))).items;
      expect(newest).toEqual(all.find(({ key }) => key === 'd'));
    });

    it('tells of a crossing once in each window, of each share of each limit', async () => {
      await another();
      const crossing = {
        accountId: account,
        featureId: feature,
        windowStart: MIDNIGHT,
        percent: 80,
        limit: 10n,
        at: AT,
      };
      const crossed = (over: Partial<typeof crossing> = {}) =>
        rig.entitlements.run((tx) => tx.usage.crossed({ ...crossing, ...over }));
      const met = meeting(3);
      const race = await Promise.all(
        Array.from({ length: 3 }, () =>
          rig.entitlements.run((tx) =>
            tx.usage
              .byKeys(account, ['nothing'])
              .andThen(() => met())
              .andThen(() => tx.usage.crossed(crossing)),
          ),
        ),
      );
      expect(race.map((one) => one._unsafeUnwrap()).sort()).toEqual([false, false, true]);
      expect(await crossed({ at: plus(AT, DAY) })).toEqual(ok(false));
      for (const over of [
        { percent: 100 },
        { limit: 9_007_199_254_740_991n },
        { windowStart: plus(MIDNIGHT, DAY) },
        { featureId: (await given.feature()).id },
        { accountId: await given.account() },
      ])
        expect([await crossed(over), await crossed(over)]).toEqual([ok(true), ok(false)]);
    });
  });
