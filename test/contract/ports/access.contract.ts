import { ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.js';
import type { ApiKey } from '../../../src/domain/accounts/api-key.js';
import type { Accepted } from '../../../src/domain/accounts/membership.js';
import type { User } from '../../../src/domain/accounts/user.js';
import { HOUR, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { Credential, Target } from '../../../src/ports/accounts/access.js';
import type { Session } from '../../../src/ports/accounts/unit-of-work.js';
import {
  AT,
  aMember,
  anApiKey,
  anInvitation,
  aSession,
  newAccountId,
  newHash,
  newId,
} from '../../support/accounts.js';
import { aBucket, aConnection, SECRET } from '../../support/storage.js';
import { type AccountsRig, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const NONE: Target = { kind: 'none' };

export const accessContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`Access: ${name}`, () => {
    let rig: AccountsRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });

    const find = (credential: Credential, target: Target, at = LATER) =>
      rig.access.find(credential, target, at);

    const session = async (userId: User['id'], over: Partial<Session> = {}): Promise<Credential> => {
      const added = aSession(userId, over);
      await value(rig.accounts.run((tx) => tx.sessions.add(added)));
      return { kind: 'session', sessionId: added.id };
    };
    const key = async (userId: User['id'], over: Partial<ApiKey> = {}) => {
      const [added, hash] = [anApiKey(userId, over), newHash()];
      await value(rig.accounts.run((tx) => tx.apiKeys.add(added, hash)));
      return { key: added, credential: { kind: 'api_key', hash } as const };
    };
    const bucket = async (account: Account) => {
      const added = aBucket(account.id);
      await value(rig.storage.run((tx) => tx.buckets.add(added, SECRET)));
      return added;
    };
    const connection = async (account: Account) => {
      const added = aConnection(account.id);
      await value(rig.storage.run((tx) => tx.connections.add(added, SECRET)));
      return added;
    };
    const project = ({ id }: { readonly id: string }): Target => ({ kind: 'project', id });
    const placeOf = async (credential: Credential, target: Target) => {
      const identity = await value(find(credential, target));
      expect(identity).toBeDefined();
      return identity?.place;
    };

    it('knows the user of a session', async () => {
      const user = await given.user({ platformAdmin: true });
      const sessionId = newId();
      const credential = await session(user.id, { id: sessionId });
      expect(await find(credential, NONE)).toEqual(
        ok({ userId: user.id, platformAdmin: true, via: { kind: 'session', id: sessionId } }),
      );
    });

    it('knows the user of an API key, what the key is restricted to, and when it was last used', async () => {
      const { user, account } = await given.owner();
      const bound = await key(user.id, {
        accountId: account.id,
        roleCap: 'member',
        scopes: ['members', 'billing'],
        lastUsedAt: AT,
      });
      const { id, accountId, roleCap, scopes } = bound.key;
      expect(await find(bound.credential, NONE)).toEqual(
        ok({
          userId: user.id,
          platformAdmin: false,
          via: { kind: 'api_key', id, accountId, roleCap, scopes },
          lastUsedAt: AT,
        }),
      );
      const free = await key(user.id);
      expect(await find(free.credential, NONE)).toEqual(
        ok({ userId: user.id, platformAdmin: false, via: { kind: 'api_key', id: free.key.id, scopes: [] } }),
      );
    });

    it('knows nobody by an unknown session or key, nor by one as the other', async () => {
      const user = await given.user();
      const hash = newHash();
      await value(rig.accounts.run((tx) => tx.apiKeys.add(anApiKey(user.id), hash)));
      const sessionId = newId();
      await session(user.id, { id: sessionId });
      for (const credential of [
        { kind: 'session', sessionId: newId() },
        { kind: 'api_key', hash: newHash() },
        { kind: 'api_key', hash: sessionId },
      ] as const)
        expect(await find(credential, NONE)).toEqual(ok(undefined));
    });

    it('knows a session and a key until just before the moment they expire', async () => {
      const user = await given.user();
      const expiresAt = plus(AT, HOUR);
      const { credential } = await key(user.id, { expiresAt });
      for (const shown of [await session(user.id, { expiresAt }), credential]) {
        expect((await value(find(shown, NONE, plus(expiresAt, -1))))?.userId).toBe(user.id);
        expect(await find(shown, NONE, expiresAt)).toEqual(ok(undefined));
      }
    });

    it('knows neither a revoked session nor a revoked key', async () => {
      const { user, account } = await given.owner();
      const shown = { kind: 'session', sessionId: newId() } as const;
      await session(user.id, { id: shown.sessionId });
      const revoked = await key(user.id);
      await value(
        rig.accounts.run((tx) =>
          tx.sessions
            .revoke(shown.sessionId, AT)
            .andThen(() => tx.apiKeys.revoke(user.id, revoked.key.id, AT)),
        ),
      );
      for (const credential of [shown, revoked.credential])
        for (const target of [NONE, project(account)])
          expect(await find(credential, target)).toEqual(ok(undefined));
    });

    describe.each(['session', 'api_key'] as const)('with a credential of kind %s', (kind) => {
      const shownBy = async (userId: User['id']): Promise<Credential> =>
        kind === 'session' ? session(userId) : (await key(userId)).credential;

      it('places a member in their project, with its whole row and their role', async () => {
        const { user, account } = await given.owner();
        const { id: admin } = await given.user();
        await given.membership(aMember(account.id, admin, { role: 'admin' }));
        expect(await placeOf(await shownBy(user.id), project(account))).toEqual({ account, role: 'owner' });
        expect(await placeOf(await shownBy(admin), project(account))).toEqual({ account, role: 'admin' });
      });

      it('places a member at a bucket of their project, whatever its state, until it is deleted', async () => {
        const { user, account } = await given.owner();
        let held = await bucket(account);
        const credential = await shownBy(user.id);
        const target = { kind: 'bucket', id: held.id } as const;
        for (const status of ['active', 'deleting'] as const) {
          expect(await placeOf(credential, target)).toMatchObject({ account, role: 'owner' });
          held = await value(
            rig.storage.run((tx) => tx.buckets[status === 'active' ? 'save' : 'retire']({ ...held, status })),
          );
        }
        await value(rig.storage.run((tx) => tx.buckets.save({ ...held, status: 'deleted' })));
        expect(await placeOf(credential, target)).toBeUndefined();
      });

      it('brings the bucket along as it is at that moment, without its secret, and nothing of anything else', async () => {
        const { user, account } = await given.owner();
        const held = await bucket(account);
        const credential = await shownBy(user.id);
        const target = { kind: 'bucket', id: held.id } as const;
        const seenAt = async (place: Target) => (await placeOf(credential, place))?.resource;
        expect(rig.buckets.bucketIn(await seenAt(target))).toEqual(held);
        const saved = await value(rig.storage.run((tx) => tx.buckets.save({ ...held, status: 'active' })));
        const resource = await seenAt(target);
        expect(rig.buckets.bucketIn(resource)).toEqual(saved);
        expect(JSON.stringify(resource)).not.toContain(SECRET);
        for (const other of [project(account), { kind: 'connection', id: (await connection(account)).id }])
          expect(rig.buckets.bucketIn(await seenAt(other as Target))).toBeUndefined();
      });

      it('places a member at a connection of their project until it is deleted', async () => {
        const { user, account } = await given.owner();
        const held = await connection(account);
        const credential = await shownBy(user.id);
        const target = { kind: 'connection', id: held.id } as const;
        expect(await placeOf(credential, target)).toEqual({ account, role: 'owner' });
        expect(await placeOf(credential, { ...target, kind: 'bucket' })).toBeUndefined();
        await value(rig.storage.run((tx) => tx.connections.remove(held)));
        expect(await placeOf(credential, target)).toBeUndefined();
      });

      it('places nobody at what is not theirs, exactly as at what does not exist', async () => {
        const { user } = await given.owner();
        const { account: other } = await given.owner();
        const credential = await shownBy(user.id);
        const targets: Target[] = [
          project(other),
          project({ id: newAccountId() }),
          { kind: 'bucket', id: (await bucket(other)).id },
          { kind: 'bucket', id: newId() },
          { kind: 'connection', id: (await connection(other)).id },
          { kind: 'connection', id: newId() },
        ];
        const identities = await Promise.all(targets.map((target) => value(find(credential, target))));
        const nowhere = await value(find(credential, NONE));
        expect(nowhere?.userId).toBe(user.id);
        expect(identities).toEqual(targets.map(() => nowhere));
      });

      it('places nobody by a membership that was never accepted or is no more', async () => {
        const { account } = await given.owner();
        const guest = await given.user();
        const credential = await shownBy(guest.id);
        await given.membership(anInvitation(account.id, { email: guest.email }));
        expect(await placeOf(credential, project(account))).toBeUndefined();
        const member: Accepted = await given.membership(aMember(account.id, guest.id));
        expect(await placeOf(credential, project(account))).toEqual({ account, role: 'member' });
        await value(rig.accounts.run((tx) => tx.memberships.remove(member)));
        expect(await placeOf(credential, project(account))).toBeUndefined();
      });

      it('places nobody in a deleted project, nor at what is left in it', async () => {
        const { user, account } = await given.owner();
        const left = await bucket(account);
        const forgotten = await connection(account);
        const credential = await shownBy(user.id);
        await given.deleted(account);
        expect(await placeOf(credential, project(account))).toBeUndefined();
        expect(await placeOf(credential, { kind: 'bucket', id: left.id })).toBeUndefined();
        expect(await placeOf(credential, { kind: 'connection', id: forgotten.id })).toBeUndefined();
      });

      it('is no project: a user’s personal account, but what lies in it can be reached', async () => {
        const user = await given.user();
        const account = await given.account(user.id, { kind: 'personal' });
        await given.membership(aMember(account.id, user.id, { role: 'owner' }));
        const held = await bucket(account);
        const credential = await shownBy(user.id);
        expect(await placeOf(credential, project(account))).toBeUndefined();
        expect(await placeOf(credential, { kind: 'bucket', id: held.id })).toMatchObject({
          account,
          role: 'owner',
        });
      });

      it('places a user in their own personal account and in nobody else’s, though they be a member there', async () => {
        const [user, other] = [await given.user(), await given.user()];
        const account = await given.account(user.id, { kind: 'personal' });
        await given.membership(aMember(account.id, other.id));
        await given.owner();
        const own: Target = { kind: 'personal' };
        const [mine, theirs] = [await shownBy(user.id), await shownBy(other.id)];
        expect(await placeOf(mine, own)).toBeUndefined();
        await given.membership(aMember(account.id, user.id, { role: 'owner' }));
        expect(await placeOf(mine, own)).toEqual({ account, role: 'owner' });
        expect(await placeOf(theirs, own)).toBeUndefined();
        await given.deleted(account);
        expect(await placeOf(mine, own)).toBeUndefined();
      });
    });

    it('notes when a key was last used, and never an earlier moment after a later one', async () => {
      const user = await given.user();
      const used = await key(user.id);
      const unused = await key(user.id);
      const lastUse = async ({ credential }: typeof used) =>
        (await value(find(credential, NONE)))?.lastUsedAt;
      expect(await lastUse(used)).toBeUndefined();
      for (const at of [LATER, AT])
        expect(await rig.access.noteKeyUse(used.key.id, at)).toEqual(ok(undefined));
      expect(await lastUse(used)).toBe(LATER);
      expect(await rig.access.noteKeyUse(newId(), LATER)).toEqual(ok(undefined));
      expect(await lastUse(unused)).toBeUndefined();
    });
  });
