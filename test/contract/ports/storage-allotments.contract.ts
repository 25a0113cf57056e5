import fc from 'fast-check';
import { ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { Around } from '../../../src/domain/storage/allotment.js';
import { NOTHING, type StorageSize, sum } from '../../../src/domain/storage/storage-size.js';
import type { MeteredBucket } from '../../../src/ports/storage/meter.js';
import { newId } from '../../support/accounts.js';
import { bucketOf, change, type MeterRig, START } from './storage-meter.rig.js';

const LIMIT = 1_000;
const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();
const size = (bytes: number, objects = 0): StorageSize => ({ bytes, objects });

/** As much more as there is room for. */
const upTo =
  (more: number) =>
  ({ counted, others, own = NOTHING }: Around) => {
    const left = LIMIT - counted.bytes - others.bytes - own.bytes;
    return { allotment: size(own.bytes + Math.max(0, Math.min(more, left))) };
  };
const look = (around: Around) => ({ allotment: undefined, around });

/** Room of accounts that processes have set aside. */
export const storageAllotmentsContract = (name: string, open: () => Promise<MeterRig>, runs: number) =>
  describe(`StorageAllotments: ${name}`, () => {
    let rig: MeterRig;
    let bucket: MeteredBucket;
    let accountId: AccountId;
    beforeAll(async () => {
      rig = await open();
    });
    const fresh = async () => {
      bucket = bucketOf(await rig.newAccount());
      accountId = bucket.accountId;
      return { here: newId(), there: newId() };
    };
    const grant = (holder: string, more: number, at = START) =>
      value(rig.allotments.grant({ accountId, holder }, at, upTo(more)));
    const around = async (holder: string, at = START) =>
      (await value(rig.allotments.grant({ accountId, holder }, at, look))).around;
    const keep = (holder: string, bytes: number, at = START) =>
      value(rig.allotments.keep({ holder, rooms: [{ accountId, ...size(bytes) }] }, at));
    const add = (holder: string, bytes: number, objects = 0) =>
      value(
        rig.meter.add([change(bucket, START, bytes)], {
          holder,
          rooms: [{ accountId, ...size(bytes, objects) }],
        }),
      );

    it('tells whoever asks what is counted, what others have and what they have', async () => {
      const { here, there } = await fresh();
      expect(await around(here)).toEqual({ counted: NOTHING, others: NOTHING, own: undefined });
      await value(rig.meter.add([change(bucket, START, 100)]));
      await grant(here, 20);
      await grant(there, 3);
      await grant(newId(), 4);
      expect(await around(here)).toEqual({ counted: size(100, 1), others: size(7), own: size(20) });
      expect(await around(there)).toMatchObject({ others: size(24), own: size(3) });
    });

    it('changes nothing where nothing is granted, and keeps accounts apart', async () => {
      const { here, there } = await fresh();
      await grant(here, 20);
      expect(await around(here)).toMatchObject({ own: size(20) });
      const [before, other] = [accountId, await rig.newAccount()];
      accountId = other;
      expect(await around(here)).toEqual({ counted: NOTHING, others: NOTHING, own: undefined });
      await grant(here, 7);
      accountId = before;
      expect([await around(here), await around(there)]).toMatchObject([
        { own: size(20), others: NOTHING },
        { own: undefined, others: size(20) },
      ]);
    });

    it('gives the last byte to one of two who ask for it at once', async () => {
      for (let n = 0; n < 5; n += 1) {
        const { here, there } = await fresh();
        await value(rig.meter.add([change(bucket, START, LIMIT - 1)]));
        const both = await Promise.all([here, there].map((holder) => grant(holder, 1)));
        expect(both.map(({ allotment }) => allotment.bytes).sort()).toEqual([0, 1]);
      }
    });

    it('grants no more than there is to any crowd, and all of that', async () => {
      await fresh();
      const crowd = Array.from({ length: 12 }, () => newId());
      await Promise.all(crowd.flatMap((holder) => [grant(holder, 60), grant(holder, 60)]));
      const has = await Promise.all(crowd.map((holder) => around(holder)));
      expect(has.map(({ own = NOTHING }) => own).reduce(sum).bytes).toBe(LIMIT);
    });

    it('takes off what is counted in the same step, as far as it goes, and off nobody else', async () => {
      const { here, there } = await fresh();
      await grant(here, 300);
      await grant(there, 50);
      await add(here, 200, 4);
      expect(await around(here)).toEqual({ counted: size(200, 1), others: size(50), own: size(100) });
      await add(here, 150);
      expect(await around(here)).toMatchObject({ counted: size(350, 2), others: size(50) });
      expect((await around(here)).own ?? NOTHING).toEqual(NOTHING);
      expect(await around(there)).toMatchObject({ others: NOTHING, own: size(50) });
    });

    it('never shows anybody what is counted without what was taken off for it, or the other way round', async () => {
      const { here, there } = await fresh();
      await grant(here, 400);
      const sums: number[] = [];
      const spend = async () => {
        for (let n = 0; n < 20; n += 1) await add(here, 20);
      };
      const watch = async () => {
        for (let n = 0; n < 20; n += 1) {
          const { counted, others } = await around(there);
          sums.push(counted.bytes + others.bytes);
        }
      };
      await Promise.all([spend(), watch()]);
      expect(new Set(sums)).toEqual(new Set([400]));
    });

    it('counts nobody who was not heard of for a minute, and whoever says so goes on', async () => {
      const { here, there } = await fresh();
      await grant(here, 900);
      await keep(here, 800, plus(START, MINUTE - 1));
      const late = plus(START, 2 * MINUTE - 2);
      expect(await around(there, late)).toMatchObject({ others: size(800) });
      expect(await around(there, plus(late, 1))).toMatchObject({ others: NOTHING });
      expect((await around(here, plus(late, 1))).own).toBeUndefined();
      expect((await grant(there, 900, plus(late, 1))).allotment).toEqual(size(900));
      expect((await grant(here, 900, plus(late, 1))).allotment).toEqual(size(100));
      expect(await around(there, plus(late, 1))).toMatchObject({ others: size(100) });
    });

    it('has what is given back for others at once', async () => {
      const { here, there } = await fresh();
      await grant(here, LIMIT);
      expect((await grant(there, 10)).allotment).toEqual(NOTHING);
      await keep(here, 400);
      expect((await grant(there, LIMIT)).allotment).toEqual(size(600));
      await keep(here, 0);
      expect(await around(there)).toMatchObject({ others: NOTHING, own: size(600) });
      expect((await around(here)).own).toBeUndefined();
      await value(rig.allotments.keep({ holder: here, rooms: [] }, START));
    });

    it('keeps to the limit whatever is granted, counted, freed and given back at once', async () => {
      const deed = fc.record({
        who: fc.nat(2),
        what: fc.constantFrom('grant', 'add', 'free', 'keep'),
        bytes: fc.integer({ min: 1, max: 400 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(deed, { maxLength: 4 }), { maxLength: 8 }), async (steps) => {
          await fresh();
          const holders = [newId(), newId(), newId()];
          // What each process knows of its own, as it would.
          const own = [0, 0, 0];
          const act = async ({ who, what, bytes }: { who: number; what: string; bytes: number }) => {
            const [holder = '', has = 0] = [holders[who], own[who]];
            if (what === 'grant') own[who] = (await grant(holder, bytes)).allotment.bytes;
            else if (what === 'free') await value(rig.meter.add([change(bucket, START, -bytes)]));
            else {
              const some = Math.min(has, bytes);
              own[who] = has - some;
              if (what === 'keep') await keep(holder, has - some);
              else await add(holder, some);
            }
          };
          for (const step of steps) {
            const one = step.filter((deed, at) => step.findIndex(({ who }) => who === deed.who) === at);
            await Promise.all(one.map(act));
            const { counted, others } = await around(newId());
            expect(counted.bytes + others.bytes).toBeLessThanOrEqual(LIMIT);
            expect(others.bytes).toBe(own.reduce((all, bytes) => all + bytes));
          }
        }),
        { numRuns: runs },
      );
    });

    it('is not asked by whoever stores for nobody', async () => {
      const { here } = await fresh();
      await add(here, 10);
      expect(await rig.meter.usedBy(accountId)).toEqual(ok(size(10, 1)));
      expect((await around(here)).own).toBeUndefined();
    });
  });
