import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { DATA_KEY, newAccountId, type SharedRig } from './shared.rig.js';

export const accountKeysContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`AccountKeys: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });

    it('has the key of an account', async () => {
      expect(await rig.accountKeys.get(await rig.newAccount())).toEqual(ok(DATA_KEY));
    });

    it('has the key of a deleted account until it is erased, and none afterwards', async () => {
      const id = await rig.newAccount();
      expect((await rig.units.run((tx) => tx.things.deleteAccount(id))).isOk()).toBe(true);
      expect(await rig.accountKeys.get(id)).toEqual(ok(DATA_KEY));
      await rig.erase(id);
      expect(await rig.accountKeys.get(id)).toEqual(err(NOT_FOUND));
    });

    it('has none of an unknown account', async () => {
      expect(await rig.accountKeys.get(newAccountId())).toEqual(err(NOT_FOUND));
    });

    it('locks no account as live whose key is gone', async () => {
      const id = await rig.newAccount();
      await rig.erase(id);
      expect(await rig.units.run((tx) => tx.accounts.lockLive(id))).toEqual(err(NOT_FOUND));
    });
  });
