import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { meeting, wait } from './meeting.js';
import {
  AT,
  DATA_KEY,
  newAccountId,
  type SharedRig,
  type Thing,
  type ThingsTx,
  thing,
} from './shared.rig.js';

const done = async (result: ResultAsync<unknown, unknown>): Promise<void> => {
  (await result)._unsafeUnwrap();
};

export const unitOfWorkContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`UnitOfWork: ${name}`, () => {
    let rig: SharedRig;
    let account: AccountId;
    beforeAll(async () => {
      rig = await open();
      account = await rig.newAccount();
    });

    const added = async (label: string): Promise<Thing> => {
      const t = thing(account, label);
      await done(rig.units.run((tx) => tx.things.add(t)));
      return t;
    };
    const stored = async (id: string): Promise<Thing | undefined> =>
      (await rig.units.run((tx) => tx.things.find(id)))._unsafeUnwrap();
    const rename = (id: string, to: (name: string) => string) => (tx: ThingsTx) =>
      tx.things
        .find(id)
        .andThen((found) =>
          found === undefined ? errAsync(NOT_FOUND) : tx.things.save({ ...found, name: to(found.name) }),
        );

    it('keeps what a unit that answered Ok wrote', async () => {
      const t = await added('kept');
      expect(await stored(t.id)).toEqual(t);
    });

    it('undoes everything when the unit answers Err', async () => {
      const t = thing(account, 'undone');
      const result = await rig.units.run((tx) => tx.things.add(t).andThen(() => errAsync('changed my mind')));
      expect(result).toEqual(err('changed my mind'));
      expect(await stored(t.id)).toBeUndefined();
    });

    it('undoes everything and passes the defect on when the unit throws', async () => {
      const t = thing(account, 'thrown');
      const run = rig.units.run((tx) =>
        tx.things.add(t).map(() => {
          throw new Error('a defect');
        }),
      );
      await expect(Promise.resolve(run)).rejects.toThrow('a defect');
      expect(await stored(t.id)).toBeUndefined();
    });

    it('shows a unit its own writes and nobody else before they are committed', async () => {
      const t = thing(account, 'own write');
      const seen = await rig.units.run((tx) =>
        tx.things
          .add(t)
          .andThen(() => rig.units.run((other) => other.things.find(t.id)))
          .andThen((elsewhere) => tx.things.find(t.id).map((here) => ({ here, elsewhere }))),
      );
      expect(seen).toEqual(ok({ here: t, elsewhere: undefined }));
    });

    it('reads one moment: what commits meanwhile is not seen', async () => {
      const t = await added('one moment');
      const seen = await rig.units.run((tx) =>
        tx.things
          .find(t.id)
          .andThen(() => rig.units.run(rename(t.id, () => 'later')))
          .andThen(() => tx.things.find(t.id)),
      );
      expect(seen).toEqual(ok(t));
      expect((await stored(t.id))?.name).toBe('later');
    });

    it('hands out copies, so a caller cannot edit the store', async () => {
      const t = await added('copied');
      await done(
        rig.units.run((tx) =>
          tx.things.find(t.id).map((found) => Object.assign(found ?? {}, { name: 'edited' })),
        ),
      );
      expect(await stored(t.id)).toEqual(t);
    });

    it('takes copies, so a caller cannot edit what it has handed over', async () => {
      const t = { ...thing(account, 'handed over') };
      await done(rig.units.run((tx) => tx.things.add(t).map(() => Object.assign(t, { name: 'edited' }))));
      expect((await stored(t.id))?.name).toBe('handed over');
    });

    it('lets one of two writers holding the same version win', async () => {
      const t = await added('contested');
      const outcomes = await Promise.all(
        ['a', 'b'].map((to) => rig.units.run((tx) => tx.things.save({ ...t, name: `contested ${to}` }))),
      );
      expect(outcomes.map((o) => (o.isOk() ? 'saved' : o.error.kind)).sort()).toEqual([
        'saved',
        'stale_version',
      ]);
      expect((await stored(t.id))?.version).toBe(2);
    });

    it('loses no update when ten units read and write one row', async () => {
      const t = await added('counted ');
      const results = await Promise.all(
        Array.from({ length: 10 }, () => rig.units.run(rename(t.id, (label) => `${label}|`))),
      );
      expect(results.filter((result) => result.isErr())).toEqual([]);
      expect(await stored(t.id)).toEqual({ ...t, name: 'counted ||||||||||', version: 11 });
    });

    it('gives a unique name to one of two units that want it, and tells the other', async () => {
      const rivals = [thing(account, 'wanted'), thing(account, 'wanted')];
      const met = meeting(2);
      const outcomes = await Promise.all(
        rivals.map((t) => rig.units.run((tx) => wait(met).andThen(() => tx.things.add(t)))),
      );
      expect(outcomes.map((o) => (o.isOk() ? 'added' : o.error.kind)).sort()).toEqual([
        'added',
        'name_taken',
      ]);
      expect(await Promise.all(rivals.map((t) => stored(t.id)))).toContain(undefined);
    });

    it('resolves two units that take rows in opposite order by running one again', async () => {
      const [a, b] = [await added('crossed a '), await added('crossed b ')];
      const met = meeting(2);
      const both = (first: Thing, second: Thing) =>
        rig.units.run((tx) =>
          rename(
            first.id,
            (label) => `${label}|`,
          )(tx)
            .andThen(() => wait(met))
            .andThen(() => rename(second.id, (label) => `${label}|`)(tx)),
        );
      const results = await Promise.all([both(a, b), both(b, a)]);
      expect(results.filter((result) => result.isErr())).toEqual([]);
      expect([(await stored(a.id))?.name, (await stored(b.id))?.name]).toEqual([
        'crossed a ||',
        'crossed b ||',
      ]);
    });

    it('lets a crowd that adds take from one counter, and undoes what those took that change their mind', async () => {
      const id = await rig.newAccount();
      await rig.limit(id, 'members', 100);
      const crowd = Array.from({ length: 10 }, (_, i) =>
        rig.units.runAdding((tx) =>
          tx.quota
            .take(id, 'members', 1, AT)
            .andThen(() => tx.things.add(thing(id, `one of a crowd ${newAccountId()}`)))
            .andThen(() => (i < 2 ? errAsync('changed my mind') : okAsync(undefined))),
        ),
      );
      expect(await Promise.all(crowd)).toEqual([
        ...Array(2).fill(err('changed my mind')),
        ...Array(8).fill(ok(undefined)),
      ]);
      expect((await rig.units.run((tx) => tx.things.of(id)))._unsafeUnwrap()).toHaveLength(8);
      expect(await rig.used(id, 'members')).toBe(8);
    });

    describe.each(['run', 'runAdding'] as const)('accounts in which units create by %s', (run) => {
      const create = (id: AccountId, between: () => Promise<void> = async () => undefined) =>
        rig.units[run]((tx) =>
          tx.accounts
            .lockLive(id)
            .andThen(() => wait(between))
            .andThen(() => tx.things.add(thing(id, `in ${newAccountId()}`))),
        );
      const deleteWhenEmpty = (id: AccountId, between: () => Promise<void> = async () => undefined) =>
        rig.units.runExclusive(id, (tx) =>
          tx.things
            .of(id)
            .andThen((things) => wait(between).map(() => things))
            .andThen((things) =>
              things.length > 0 ? errAsync('not_empty' as const) : tx.things.deleteAccount(id),
            ),
        );
      const inside = async (id: AccountId) =>
        (await rig.units.run((tx) => tx.things.of(id)))._unsafeUnwrap().length;

      it('hands out the data key of a live account', async () => {
        expect(await rig.units.run((tx) => tx.accounts.lockLive(account))).toEqual(ok({ dataKey: DATA_KEY }));
      });

      it('finds neither an unknown account nor a deleted one', async () => {
        const deleted = await rig.newAccount();
        await done(deleteWhenEmpty(deleted));
        for (const id of [deleted, newAccountId()]) {
          expect(await rig.units.run((tx) => tx.accounts.lockLive(id))).toEqual(err(NOT_FOUND));
        }
      });

      it('lets many units create in one account at the same moment', async () => {
        const id = await rig.newAccount();
        const results = await Promise.all(Array.from({ length: 5 }, () => create(id)));
        expect(results.filter((result) => result.isErr())).toEqual([]);
        expect(await inside(id)).toBe(5);
      });

      // Where a second unit must wait for the first one's lock, it has time to; where it need not, it commits first.
      const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
      const consistent = async (
        id: AccountId,
        created: Result<unknown, unknown>,
        deleted: Result<unknown, unknown>,
      ) => {
        expect(deleted).toEqual(created.isOk() ? err('not_empty') : ok(undefined));
        expect(created).toEqual(deleted.isOk() ? err(NOT_FOUND) : ok(undefined));
        expect(await inside(id)).toBe(created.isOk() ? 1 : 0);
      };

      it('either creates or deletes when deletion begins while a unit is creating', async () => {
        const id = await rig.newAccount();
        const started = meeting(2);
        const creating = create(id, () => started().then(aMoment));
        await started();
        const deleted = await deleteWhenEmpty(id);
        await consistent(id, await creating, deleted);
      });

      it('either creates or deletes when a unit begins to create during the deletion', async () => {
        const id = await rig.newAccount();
        const started = meeting(2);
        const deleting = deleteWhenEmpty(id, () => started().then(aMoment));
        await started();
        const created = await create(id);
        await consistent(id, created, await deleting);
      });

      it('never leaves a thing in a deleted account, however creating and deleting meet', async () => {
        for (let round = 0; round < 10; round += 1) {
          const id = await rig.newAccount();
          const [, deleted] = await Promise.all([create(id), deleteWhenEmpty(id), create(id)]);
          expect(deleted.isOk()).toBe((await inside(id)) === 0);
        }
      });

      it('lets two exclusive units on one account follow one another', async () => {
        const id = await rig.newAccount();
        const once = () =>
          rig.units.runExclusive(id, (tx) =>
            tx.things
              .of(id)
              .andThen((things) =>
                things.length > 0 ? okAsync(undefined) : tx.things.add(thing(id, `only ${id}`)),
              ),
          );
        const results = await Promise.all([once(), once(), once()]);
        expect(results.filter((result) => result.isErr())).toEqual([]);
        expect(await inside(id)).toBe(1);
      });
    });
  });
