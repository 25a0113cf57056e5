import { ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { AT } from '../../support/accounts.js';
import { aCustomer, aSubscription } from '../../support/billing.js';
import { aFileSystem, aGateway } from '../../support/fleet.js';
import { aBucket, aConnection, SECRET } from '../../support/storage.js';
import { type AccountsRig, settling, value } from './accounts.rig.js';

export const accountResourcesContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`Resources of accounts: ${name}`, () => {
    let rig: AccountsRig;
    let account: AccountId;
    let other: AccountId;
    beforeAll(async () => {
      rig = await open();
      account = (await settling(rig).owner()).account.id;
      other = (await settling(rig).owner()).account.id;
    });

    const of = (id: AccountId) => rig.accounts.run((tx) => tx.accounts.occupant(id));

    /** Makes one, and answers how it is made to go. */
    const making = {
      bucket: async () => {
        const bucket = aBucket(account, { status: 'deleting' });
        await value(rig.storage.run((tx) => tx.buckets.add(bucket, SECRET)));
        return () => value(rig.storage.run((tx) => tx.buckets.save({ ...bucket, status: 'deleted' })));
      },
      connection: async () => {
        const connection = aConnection(account);
        await value(rig.storage.run((tx) => tx.connections.add(connection, SECRET)));
        return () => value(rig.storage.run((tx) => tx.connections.remove(connection)));
      },
      'file system': async () => {
        const fileSystem = aFileSystem(account);
        await value(rig.fleet.run((tx) => tx.fileSystems.add(fileSystem, SECRET)));
        return () => value(rig.fleet.run((tx) => tx.fileSystems.save({ ...fileSystem, phase: 'deleted' })));
      },
      gateway: async () => {
        const gateway = aGateway(account);
        await value(rig.fleet.run((tx) => tx.gateways.add(gateway, AT)));
        return () => value(rig.fleet.run((tx) => tx.gateways.save({ ...gateway, phase: 'deleted' })));
      },
      subscription: async () => {
        const customer = await value(rig.billing.run((tx) => tx.customers.ensure(aCustomer(account))));
        const live = await value(
          rig.billing.run((tx) => tx.subscriptions.add(aSubscription(customer, { status: 'past_due' }))),
        );
        return () => value(rig.billing.run((tx) => tx.subscriptions.save({ ...live, status: 'ended' })));
      },
    };

    it.each(Object.entries(making))(
      'has some while a %s lives in it, until that is gone',
      async (what, make) => {
        expect(await of(account)).toEqual(ok(undefined));
        const end = await make();
        expect(await of(account)).toEqual(ok(what === 'subscription' ? what : 'resource'));
        expect(await of(other)).toEqual(ok(undefined));
        await end();
        expect(await of(account)).toEqual(ok(undefined));
      },
    );

    it('tells of a subscription only where nothing else is there', async () => {
      const unsubscribe = await making.subscription();
      const end = await making.gateway();
      expect(await of(account)).toEqual(ok('resource'));
      await end();
      expect(await of(account)).toEqual(ok('subscription'));
      await unsubscribe();
    });

    it('has none in a subscription that waits for its first payment, nor in one to another payer', async () => {
      for (const payer of [account, other]) {
        const customer = await value(rig.billing.run((tx) => tx.customers.ensure(aCustomer(payer))));
        const status = payer === account ? 'pending' : 'active';
        await value(rig.billing.run((tx) => tx.subscriptions.add(aSubscription(customer, { status }))));
      }
      expect(await of(account)).toEqual(ok(undefined));
      expect(await of(other)).toEqual(ok('subscription'));
    });
  });
