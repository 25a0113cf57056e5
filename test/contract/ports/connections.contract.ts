import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { Connection } from '../../../src/domain/storage/connection.js';
import type { Prefix } from '../../../src/domain/storage/object-key.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, DATA_KEY, newId } from '../../support/accounts.js';
import { pagesOf } from '../../support/pages.js';
import { aConnection, SECRET } from '../../support/storage.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const MOUNTED = err({ kind: 'connection_mounted' });
const stale = (id: string) => err({ kind: 'stale_version', id });

export const connectionsContract = (name: string, open: () => Promise<AccountsRig>) => {
  let rig: AccountsRig;
  let account: AccountId;
  let other: AccountId;
  beforeAll(async () => {
    rig = await open();
    account = (await settling(rig).owner()).account.id;
    other = (await settling(rig).owner()).account.id;
  });

  const get = (of: AccountId, id: string) => rig.storage.run((tx) => tx.connections.get(of, id));
  const add = (connection: Connection) => rig.storage.run((tx) => tx.connections.add(connection, SECRET));
  const save = (connection: Connection) => rig.storage.run((tx) => tx.connections.save(connection));
  const remove = (connection: Connection) => rig.storage.run((tx) => tx.connections.remove(connection));
  const added = async (over: Partial<Connection> = {}, of = account): Promise<Connection> => {
    const connection = aConnection(of, over);
    await value(add(connection));
    return connection;
  };

  describe(`Connections: ${name}`, () => {
    it('reads back a connection as added, whatever it has and has not', async () => {
      for (const over of [
        {},
        { provider: 'aws', endpoint: undefined, jail: '' as Prefix },
        { provider: 'gcp', endpoint: undefined, projectId: 'their-project', accessKeyId: 'who@example.com' },
      ] as const) {
        const connection = await added(over);
        expect(await get(account, connection.id)).toEqual(ok(connection));
        expect(await rig.buckets.connection(account, connection.id)).toEqual(
          ok({ connection, secret: SECRET }),
        );
      }
      expect(await get(account, newId())).toEqual(err(NOT_FOUND));
      expect(await rig.buckets.connection(account, newId())).toEqual(err(NOT_FOUND));
    });

    it('reads a connection with the key that its secret opens with, until the account is erased', async () => {
      const { account: erased } = await settling(rig).owner();
      const connection = await added({}, erased.id);
      const { buckets: readers } = rig;
      expect(await readers.connectionWithKey(erased.id, connection.id)).toEqual(
        ok({ connection, secret: SECRET, dataKey: DATA_KEY }),
      );
      expect(await readers.connectionWithKey(account, connection.id)).toEqual(err(NOT_FOUND));
      expect(await readers.connectionWithKey(erased.id, newId())).toEqual(err(NOT_FOUND));
      await rig.erase(erased.id);
      expect(await readers.connectionWithKey(erased.id, connection.id)).toEqual(err(NOT_FOUND));
    });

    it('saves a status and when it came, and never where the connection leads', async () => {
      const connection = await added();
      const saved = { ...connection, status: 'verified', updatedAt: LATER } as const;
      const elsewhere = { uri: 's3://another', bucketName: 'another', jail: '' as Prefix, accessKeyId: 'X' };
      expect(await save({ ...saved, ...elsewhere })).toEqual(ok({ ...saved, version: 2 }));
      expect(await get(account, connection.id)).toEqual(ok({ ...saved, version: 2 }));
      expect(await rig.buckets.connection(account, connection.id)).toEqual(
        ok({ connection: { ...saved, version: 2 }, secret: SECRET }),
      );
    });

    it('does not find, save, remove or list a connection from another account', async () => {
      const connection = await added();
      const theirs = { ...connection, accountId: other };
      expect(await get(other, connection.id)).toEqual(err(NOT_FOUND));
      expect(await save(theirs)).toEqual(stale(connection.id));
      expect(await remove(theirs)).toEqual(stale(connection.id));
      expect(await rig.buckets.connection(other, connection.id)).toEqual(err(NOT_FOUND));
      const listed = await value(rig.buckets.connectionsOf(other, { size: 1_000 }));
      expect(listed.items.map(({ id }) => id)).not.toContain(connection.id);
      expect(await get(account, connection.id)).toEqual(ok(connection));
    });

    it('lets one of several writers holding the same version win', async () => {
      const connection = await added();
      const won = await outcomes([
        save({ ...connection, status: 'verifying' }),
        save({ ...connection, status: 'verifying' }),
        remove(connection),
      ]);
      expect(won).toEqual(['ok', 'stale_version', 'stale_version']);
    });

    it('removes a connection with its secret, for good', async () => {
      const connection = await added();
      expect(await remove({ ...connection, version: 7 })).toEqual(stale(connection.id));
      expect(await remove(connection)).toEqual(ok(undefined));
      expect(await get(account, connection.id)).toEqual(err(NOT_FOUND));
      expect(await rig.buckets.connection(account, connection.id)).toEqual(err(NOT_FOUND));
      expect(await remove(connection)).toEqual(stale(connection.id));
      expect(await save(connection)).toEqual(stale(connection.id));
    });

    it('keeps a connection that a file system works through', async () => {
      const connection = await added();
      await rig.mount(connection.id, newId());
      expect(await remove(connection)).toEqual(MOUNTED);
      expect(await get(account, connection.id)).toEqual(ok(connection));
      expect(await save({ ...connection, status: 'verifying' })).toMatchObject(ok({ version: 2 }));
    });

    it('undoes everything when the unit answers Err', async () => {
      const connection = aConnection(account);
      const undone = await rig.storage.run((tx) =>
        tx.connections.add(connection, SECRET).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await get(account, connection.id)).toEqual(err(NOT_FOUND));
    });

    it('hands out copies, so a caller cannot edit the store', async () => {
      const connection = await added();
      Object.assign(await value(get(account, connection.id)), { uri: 'edited' });
      expect(await get(account, connection.id)).toEqual(ok(connection));
    });

    it('lists an account’s connections by id, page by page, without secrets', async () => {
      const owner = (await settling(rig).owner()).account.id;
      const made: Connection[] = [];
      for (let i = 0; i < 5; i += 1) made.push(await added({}, owner));
      const sorted = made.sort((a, b) => (a.id < b.id ? -1 : 1));
      const pages = await pagesOf((page) => rig.buckets.connectionsOf(owner, page), 2);
      expect(pages).toEqual([sorted.slice(0, 2), sorted.slice(2, 4), sorted.slice(4)]);
      expect(JSON.stringify(pages)).not.toContain(SECRET);
    });
  });
};
