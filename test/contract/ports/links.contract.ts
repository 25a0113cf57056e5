import { err, errAsync, ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { HOUR, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import type { LinkedContainer } from '../../../src/ports/storage/links.js';
import { AT, aMember, anApiKey, newHash, newId } from '../../support/accounts.js';
import { aBucket, aConnection, SECRET } from '../../support/storage.js';
import { type AccountsRig, settling, value } from './accounts.rig.js';

const NONE = ok(undefined);

export const linksContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe.each(['bucket', 'connection'] as const)(`Links into a %s: ${name}`, (kind) => {
    let rig: AccountsRig;
    beforeAll(async () => {
      rig = await open();
    });

    const current = (account: AccountId, container: LinkedContainer) =>
      rig.storage.run((tx) => tx.linkEpochs.current(account, container));
    const raise = (account: AccountId, container: LinkedContainer) =>
      rig.storage.run((tx) => tx.linkEpochs.raise(account, container));
    const added = async (accountId: AccountId): Promise<LinkedContainer> => {
      const bucket = aBucket(accountId, { status: 'active' });
      const connection = aConnection(accountId);
      await value(
        rig.storage.run(
          (tx): ResultAsync<void, unknown> =>
            kind === 'bucket' ? tx.buckets.add(bucket, SECRET) : tx.connections.add(connection, SECRET),
        ),
      );
      return { kind, id: kind === 'bucket' ? bucket.id : connection.id };
    };
    /** An owner with a container, and how links of theirs stand. */
    const place = async () => {
      const { user, account, membership } = await settling(rig).owner();
      const container = await added(account.id);
      const standing = (over: { keyId?: string; userId?: UserId; accountId?: AccountId } = {}, at = AT) => {
        const { accountId = account.id, ...signer } = over;
        return rig.buckets.linkStanding({ accountId, container, signer: { userId: user.id, ...signer } }, at);
      };
      return { user, account, membership, container, standing };
    };
    const keyOf = async (userId: UserId, over = {}) => {
      const key = anApiKey(userId, over);
      await value(rig.accounts.run((tx) => tx.apiKeys.add(key, newHash())));
      return key.id;
    };

    it('counts revocations from nought, each container for itself', async () => {
      const { account, container, standing } = await place();
      const beside = await added(account.id);
      expect([await current(account.id, container), await standing()]).toEqual([ok(0), ok(0)]);
      expect(await raise(account.id, container)).toEqual(ok(1));
      expect(await raise(account.id, container)).toEqual(ok(2));
      expect([await current(account.id, container), await standing()]).toEqual([ok(2), ok(2)]);
      expect(await current(account.id, beside)).toEqual(ok(0));
    });

    it('loses no revocation of several at once, and none that is undone', async () => {
      const { account, container } = await place();
      const raised = await Promise.all([1, 2, 3].map(() => value(raise(account.id, container))));
      expect(raised.sort()).toEqual([1, 2, 3]);
      const undone = await rig.storage.run((tx) =>
        tx.linkEpochs.raise(account.id, container).andThen(() => errAsync('changed my mind')),
      );
      expect(undone._unsafeUnwrapErr()).toBe('changed my mind');
      expect(await current(account.id, container)).toEqual(ok(3));
    });

    it('keeps the count when the container itself is saved, and shows nothing of it there', async () => {
      const { account, container, standing } = await place();
      await value(raise(account.id, container));
      const saved = await rig.storage.run(
        (tx): ResultAsync<object, unknown> =>
          kind === 'bucket'
            ? tx.buckets.get(account.id, container.id).andThen((one) => tx.buckets.save(one))
            : tx.connections.get(account.id, container.id).andThen((one) => tx.connections.save(one)),
      );
      expect(saved).toMatchObject(ok({ version: 2 }));
      expect(Object.keys(saved._unsafeUnwrap())).not.toContain('linkEpoch');
      expect(await standing()).toEqual(ok(1));
    });

    it('finds no container of another account, and none that is not there', async () => {
      const { account, container, standing } = await place();
      const other = await place();
      for (const act of [current, raise]) {
        expect(await act(other.account.id, container)).toEqual(err(NOT_FOUND));
        expect(await act(account.id, { ...container, id: newId() })).toEqual(err(NOT_FOUND));
        const otherKind = { kind: kind === 'bucket' ? 'connection' : 'bucket', id: container.id } as const;
        expect(await act(account.id, otherKind)).toEqual(err(NOT_FOUND));
      }
      expect(await standing({ accountId: other.account.id, userId: other.user.id })).toEqual(NONE);
      expect(await standing()).toEqual(ok(0));
    });

    it('stands only while the signer is a member of a live account', async () => {
      const { account, standing } = await place();
      const { id: guest } = await settling(rig).user();
      expect(await standing({ userId: guest })).toEqual(NONE);
      const membership = await settling(rig).membership(aMember(account.id, guest));
      expect(await standing({ userId: guest })).toEqual(ok(0));
      await value(rig.accounts.run((tx) => tx.memberships.remove(membership)));
      expect(await standing({ userId: guest })).toEqual(NONE);
      expect(await standing()).toEqual(ok(0));
      await settling(rig).deleted(account);
      expect(await standing()).toEqual(NONE);
    });

    it('stands only while the key stands that the signer came with', async () => {
      const { user, standing } = await place();
      const stranger = await settling(rig).user();
      const keyId = await keyOf(user.id, { expiresAt: plus(AT, HOUR) });
      expect(await standing({ keyId })).toEqual(ok(0));
      expect(await standing({ keyId }, plus(AT, HOUR - 1))).toEqual(ok(0));
      expect(await standing({ keyId }, plus(AT, HOUR))).toEqual(NONE);
      expect(await standing({ keyId: newId() })).toEqual(NONE);
      expect(await standing({ keyId: await keyOf(stranger.id) })).toEqual(NONE);
      const unlimited = await keyOf(user.id);
      expect(await standing({ keyId: unlimited }, plus(AT, 1_000 * HOUR))).toEqual(ok(0));
      await value(rig.accounts.run((tx) => tx.apiKeys.revoke(user.id, unlimited, AT)));
      expect(await standing({ keyId: unlimited })).toEqual(NONE);
    });

    it('stands only while there is a container that can be worked in', async () => {
      const { account, container, standing } = await place();
      if (kind === 'connection') {
        const connection = await value(rig.storage.run((tx) => tx.connections.get(account.id, container.id)));
        await value(rig.storage.run((tx) => tx.connections.remove(connection)));
        expect(await standing()).toEqual(NONE);
        expect(await current(account.id, container)).toEqual(err(NOT_FOUND));
        return;
      }
      let bucket = await value(rig.storage.run((tx) => tx.buckets.get(account.id, container.id)));
      for (const status of ['pending', 'failed', 'deleting', 'deleted'] as const) {
        bucket = await value(rig.storage.run((tx) => tx.buckets.save({ ...bucket, status })));
        expect([status, await standing()]).toEqual([status, NONE]);
      }
      expect(await raise(account.id, container)).toEqual(err(NOT_FOUND));
    });
  });
