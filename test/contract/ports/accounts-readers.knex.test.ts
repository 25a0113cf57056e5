import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../support/postgres.js';
import { type AccountsRig, knexAccountsRigs, settling } from './accounts.rig.js';
import { accountsReadersContract } from './accounts-readers.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

accountsReadersContract('knex', rigs.open);

describe('AccountsReaders: its statements', () => {
  let rig: AccountsRig & TestDatabase;
  beforeAll(async () => {
    rig = await rigs.open();
  });

  it('reads members, their accounts and their users in one', async () => {
    const { account } = await settling(rig).owner();
    let statements = 0;
    const count = () => {
      statements += 1;
    };
    rig.db.on('query', count);
    const { items } = (await rig.readers.membersOf(account.id, { size: 10 }))._unsafeUnwrap();
    rig.db.removeListener('query', count);
    expect(items).toHaveLength(1);
    expect(statements).toBe(1);
  });

  it('takes a row that the domain has no word for as a defect', async () => {
    const { user, account } = await settling(rig).owner();
    await rig.db.raw('alter table memberships drop constraint memberships_role_check');
    await rig.db('memberships').where({ account_id: account.id }).update({ role: 'emperor' });
    await expect(Promise.resolve(rig.readers.membershipsOf(user.id, { size: 10 }))).rejects.toThrow('role');
  });
});
