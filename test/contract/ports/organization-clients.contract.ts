import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OrganizationClient } from '../../../src/domain/accounts/organization-client.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newHash, newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);

const aClient = (accountId: AccountId, over: Partial<OrganizationClient> = {}): OrganizationClient => ({
  id: newId(),
  accountId,
  name: 'A client',
  scopes: [],
  createdAt: AT,
  ...over,
});

export const organizationClientsContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`OrganizationClients: ${name}`, () => {
    let rig: AccountsRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });

    const add = async (client: OrganizationClient, hash = newHash()): Promise<OrganizationClient> => {
      await value(rig.accounts.run((tx) => tx.organizationClients.add(client, hash)));
      return client;
    };
    const get = (account: AccountId, id: string) =>
      rig.accounts.run((tx) => tx.organizationClients.get(account, id));
    const revoke = (account: AccountId, id: string) =>
      rig.accounts.run((tx) => tx.organizationClients.revoke(account, id, LATER));

    it('reads back a client with and without a scope, and tells its digest to who asks whether it stands', async () => {
      const { account } = await given.owner();
      const hash = newHash();
      const plain = await add(aClient(account.id));
      const billing = await add(aClient(account.id, { name: 'Another', scopes: ['billing'] }), hash);
      expect(await get(account.id, plain.id)).toEqual(ok(plain));
      expect(await get(account.id, billing.id)).toEqual(ok(billing));
      expect(await rig.readers.standingClient(billing.id)).toEqual(
        ok({ client: billing, organizationName: account.name, secretHash: hash }),
      );
    });

    it('finds and revokes only the account’s own', async () => {
      const { account: own } = await given.owner();
      const { account: other } = await given.owner();
      const client = await add(aClient(own.id));
      for (const id of [client.id, newId()]) {
        expect(await get(other.id, id)).toEqual(err(NOT_FOUND));
        expect(await revoke(other.id, id)).toEqual(err(NOT_FOUND));
      }
      expect(await get(own.id, client.id)).toEqual(ok(client));
    });

    it('is gone once revoked, for every reader, and the others stay', async () => {
      const { account } = await given.owner();
      const [revoked, kept] = [await add(aClient(account.id)), await add(aClient(account.id))];
      expect(await revoke(account.id, revoked.id)).toEqual(ok(revoked));
      expect(await get(account.id, revoked.id)).toEqual(err(NOT_FOUND));
      expect(await revoke(account.id, revoked.id)).toEqual(err(NOT_FOUND));
      expect(await rig.readers.standingClient(revoked.id)).toEqual(ok(undefined));
      expect(await rig.readers.clientsOf(account.id, { size: 10 })).toEqual(ok({ items: [kept] }));
      expect((await value(rig.readers.standingClient(kept.id)))?.client).toEqual(kept);
    });

    it('is revoked by one of two who come at the same moment', async () => {
      const { account } = await given.owner();
      const { id } = await add(aClient(account.id));
      const met = meeting(2);
      const come = () =>
        rig.accounts.run((tx) => met().andThen(() => tx.organizationClients.revoke(account.id, id, LATER)));
      expect(await outcomes([come(), come()])).toEqual(['not_found', 'ok']);
    });

    it('stays as it was when the unit answers Err', async () => {
      const { account } = await given.owner();
      const kept = await add(aClient(account.id));
      const unborn = aClient(account.id);
      const undone = await rig.accounts.run((tx) =>
        tx.organizationClients
          .revoke(account.id, kept.id, LATER)
          .andThen(() => tx.organizationClients.add(unborn, newHash()))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await rig.readers.clientsOf(account.id, { size: 10 })).toEqual(ok({ items: [kept] }));
    });

    it('stands for nobody when it is unknown or its organization is deleted', async () => {
      const { account } = await given.owner();
      const { id } = await add(aClient(account.id));
      expect(await rig.readers.standingClient(newId())).toEqual(ok(undefined));
      expect((await value(rig.readers.standingClient(id)))?.client.id).toBe(id);
      await given.deleted(account);
      expect(await rig.readers.standingClient(id)).toEqual(ok(undefined));
    });

    it('lists the clients of one account page by page, by id', async () => {
      const { account } = await given.owner();
      await add(aClient((await given.owner()).account.id));
      const ids = Array.from({ length: 5 }, newId);
      for (const id of [...ids].reverse()) await add(aClient(account.id, { id }));
      const pages = await pagesOf((page) => rig.readers.clientsOf(account.id, page), 2);
      expect(pages.map((items) => items.map(({ id }) => id))).toEqual([
        ids.slice(0, 2),
        ids.slice(2, 4),
        ids.slice(4),
      ]);
    });

    it('hands out copies, so that a caller cannot edit the store', async () => {
      const { account } = await given.owner();
      const client = await add(aClient(account.id));
      Object.assign(await value(get(account.id, client.id)), { name: 'Edited' });
      expect(await get(account.id, client.id)).toEqual(ok(client));
    });
  });
