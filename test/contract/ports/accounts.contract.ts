import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { renameAccount } from '../../../src/domain/accounts/account.js';
import { renameUser } from '../../../src/domain/accounts/user.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import {
  AT,
  address,
  anAccount,
  aUser,
  DATA_KEY,
  newAccountId,
  newUserId,
  PASSWORD_HASH,
} from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const EMAIL_TAKEN = err({ kind: 'email_taken' });
const stale = (id: string) => err({ kind: 'stale_version', id });

export const accountsContract = (name: string, open: () => Promise<AccountsRig>) => {
  let rig: AccountsRig;
  let given: ReturnType<typeof settling>;
  beforeAll(async () => {
    rig = await open();
    given = settling(rig);
  });

  describe(`Users: ${name}`, () => {
    const get = (id: ReturnType<typeof newUserId>) => rig.accounts.run((tx) => tx.users.get(id));

    it('reads back a user as added, by id and by address', async () => {
      const user = await given.user({ emailVerifiedAt: AT, lastName: 'Lovelace', platformAdmin: true });
      expect(await get(user.id)).toEqual(ok(user));
      expect(await rig.accounts.run((tx) => tx.users.byEmail(user.email))).toEqual(ok(user));
    });

    it('finds no user by an unknown id or address', async () => {
      expect(await get(newUserId())).toEqual(err(NOT_FOUND));
      expect(await rig.accounts.run((tx) => tx.users.byEmail(address('nobody@example.com')))).toEqual(
        err(NOT_FOUND),
      );
    });

    it('answers that an address is taken, and leaves its user as they were', async () => {
      const user = await given.user();
      const rival = aUser({ email: user.email, firstName: 'Eve' });
      expect(await rig.accounts.run((tx) => tx.users.add(rival, 'another hash'))).toEqual(EMAIL_TAKEN);
      expect(await rig.readers.credentials(user.email)).toEqual(ok({ user, passwordHash: PASSWORD_HASH }));
      expect(await get(rival.id)).toEqual(err(NOT_FOUND));
    });

    it('lets a unit that met a taken address go on', async () => {
      const [user, other] = [await given.user(), aUser()];
      const result = await rig.accounts.run((tx) =>
        tx.users
          .add(aUser({ email: user.email }), PASSWORD_HASH)
          .orElse(() => tx.users.add(other, PASSWORD_HASH)),
      );
      expect(result).toEqual(ok(undefined));
      expect(await get(other.id)).toEqual(ok(other));
    });

    it('frees an address when the unit that took it answers Err', async () => {
      const user = aUser();
      const undone = await rig.accounts.run((tx) =>
        tx.users.add(user, PASSWORD_HASH).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await rig.accounts.run((tx) => tx.users.add(user, PASSWORD_HASH))).toEqual(ok(undefined));
    });

    it('gives an address to one of two who register it at the same moment', async () => {
      const email = address('wanted@example.com');
      const met = meeting(2);
      const register = () =>
        rig.accounts.run((tx) => met().andThen(() => tx.users.add(aUser({ email }), PASSWORD_HASH)));
      expect(await outcomes([register(), register()])).toEqual(['email_taken', 'ok']);
    });

    it('saves a change with the next version, and can take a value away', async () => {
      const user = await given.user({ lastName: 'Byron' });
      const { lastName: _, ...unnamed } = renameUser(user, { firstName: 'Augusta' }, LATER);
      const saved = { ...unnamed, version: 2 };
      expect(await rig.accounts.run((tx) => tx.users.save(unnamed))).toEqual(ok(saved));
      expect(await get(user.id)).toEqual(ok(saved));
    });

    it('refuses to save over a version it has not read', async () => {
      const user = await given.user();
      await value(rig.accounts.run((tx) => tx.users.save(user)));
      expect(await rig.accounts.run((tx) => tx.users.save(user))).toEqual(stale(user.id));
      const nobody = aUser();
      expect(await rig.accounts.run((tx) => tx.users.save(nobody))).toEqual(stale(nobody.id));
    });

    it('lets one of two who save the same version win', async () => {
      const user = await given.user();
      const met = meeting(2);
      const rename = (firstName: string) =>
        rig.accounts.run((tx) =>
          tx.users
            .get(user.id)
            .andThen(() => met())
            .andThen(() => tx.users.save({ ...user, firstName })),
        );
      expect(await outcomes([rename('Grace'), rename('Edsger')])).toEqual(['ok', 'stale_version']);
    });

    it('keeps the password through a change of name, and the name through a change of password', async () => {
      const user = await given.user();
      await value(rig.accounts.run((tx) => tx.users.setPassword(user.id, 'a new hash')));
      const saved = await value(
        rig.accounts.run((tx) => tx.users.save(renameUser(user, { firstName: 'Grace' }, LATER))),
      );
      expect(await rig.readers.credentials(user.email)).toEqual(
        ok({ user: saved, passwordHash: 'a new hash' }),
      );
      await value(rig.accounts.run((tx) => tx.users.setPassword(user.id, 'a newer hash')));
      expect(await rig.readers.credentials(user.email)).toEqual(
        ok({ user: saved, passwordHash: 'a newer hash' }),
      );
    });
  });

  describe(`Accounts: ${name}`, () => {
    const get = (id: ReturnType<typeof newAccountId>) => rig.accounts.run((tx) => tx.accounts.get(id));

    it('reads back an account as added', async () => {
      const account = await given.account((await given.user()).id);
      expect(await get(account.id)).toEqual(ok(account));
      expect(await get(newAccountId())).toEqual(err(NOT_FOUND));
    });

    it('numbers an account once for each contract it is sold in', async () => {
      const { id: user } = await given.user();
      const platform = await rig.facets((await given.account(user)).id);
      const personal = await rig.facets((await given.account(user, { kind: 'personal' })).id);
      expect(platform.map(({ facet }) => facet).sort()).toEqual([
        'organization',
        'project',
        'store',
        'workspace',
      ]);
      expect(personal.map(({ facet }) => facet)).toEqual(['personal']);
      const numbers = [...platform, ...personal].map(({ number }) => number);
      expect(new Set(numbers).size).toBe(5);
      expect(numbers.every((number) => Number.isSafeInteger(number) && number > 0)).toBe(true);
    });

    it('saves a new name with the next version and keeps the data key', async () => {
      const account = await given.account((await given.user()).id);
      const saved = await rig.accounts.run((tx) =>
        tx.accounts.save(renameAccount(account, 'Renamed', LATER)),
      );
      expect(saved).toEqual(ok({ ...account, name: 'Renamed', updatedAt: LATER, version: 2 }));
      expect(await rig.accounts.run((tx) => tx.accounts.lockLive(account.id))).toEqual(
        ok({ dataKey: DATA_KEY }),
      );
    });

    it('lets one of two who save the same version win', async () => {
      const account = await given.account((await given.user()).id);
      const met = meeting(2);
      const rename = (to: string) =>
        rig.accounts.run((tx) => met().andThen(() => tx.accounts.save(renameAccount(account, to, LATER))));
      expect(await outcomes([rename('A'), rename('B')])).toEqual(['ok', 'stale_version']);
    });

    it('finds a deleted account no more', async () => {
      const account = await given.account((await given.user()).id);
      expect(await given.deleted(account)).toEqual({ ...account, version: 2, deletedAt: AT });
      expect(await get(account.id)).toEqual(err(NOT_FOUND));
      expect(await rig.accounts.run((tx) => tx.accounts.lockLive(account.id))).toEqual(err(NOT_FOUND));
    });

    it('knows the personal account of a user, with its data key, among all accounts they made', async () => {
      const { id: user } = await given.user();
      await given.account(user);
      const personalOf = () => rig.accounts.run((tx) => tx.accounts.personalOf(user));
      expect(await personalOf()).toEqual(err(NOT_FOUND));
      const personal = await given.account(user, { kind: 'personal' });
      expect(await personalOf()).toEqual(ok({ id: personal.id, dataKey: DATA_KEY }));
      await given.deleted(personal);
      expect(await personalOf()).toEqual(err(NOT_FOUND));
    });

    it('hands out copies, so a caller cannot edit the store', async () => {
      const account = await given.account((await given.user()).id);
      const read = await value(get(account.id));
      Object.assign(read, { name: 'Edited' });
      expect(await get(account.id)).toEqual(ok(account));
    });

    it('undoes user and account when the unit answers Err', async () => {
      const user = aUser();
      const account = anAccount(user.id);
      const undone = await rig.accounts.run((tx) =>
        tx.users
          .add(user, PASSWORD_HASH)
          .andThen(() => tx.accounts.add(account, DATA_KEY))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await get(account.id)).toEqual(err(NOT_FOUND));
      expect(await rig.facets(account.id)).toEqual([]);
    });
  });
};
