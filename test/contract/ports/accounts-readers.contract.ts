import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.js';
import type { ApiKey } from '../../../src/domain/accounts/api-key.js';
import { accept, deny, type Membership } from '../../../src/domain/accounts/membership.js';
import type { User } from '../../../src/domain/accounts/user.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import {
  AT,
  address,
  aMember,
  anApiKey,
  anInvitation,
  newAccountId,
  newHash,
  newId,
  newUserId,
  PASSWORD_HASH,
} from '../../support/accounts.js';
import { pagesOf } from '../../support/pages.js';
import { type AccountsRig, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const ALL = { size: 1_000 };

const byId = <T extends { readonly id: string }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Fresh ids, the last one first: the order of a list is seen not to be that of adding. */
const backwards = (n: number): readonly string[] => Array.from({ length: n }, newId).reverse();

export const accountsReadersContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`AccountsReaders: ${name}`, () => {
    let rig: AccountsRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });

    const joined = async (user: User, over: Partial<Account> = {}): Promise<Account> => {
      const account = await given.account(user.id, over);
      await given.membership(aMember(account.id, user.id));
      return account;
    };
    const each = async <T, R>(rows: readonly T[], add: (row: T) => Promise<R>): Promise<readonly R[]> => {
      const added: R[] = [];
      for (const row of rows) added.push(await add(row));
      return added;
    };

    it('reads a user, their credentials and their password’s hash', async () => {
      const user = await given.user();
      expect(await rig.readers.user(user.id)).toEqual(ok(user));
      expect(await rig.readers.passwordHash(user.id)).toEqual(ok(PASSWORD_HASH));
      expect(await rig.readers.credentials(user.email)).toEqual(ok({ user, passwordHash: PASSWORD_HASH }));
    });

    it('knows a user by the number of their personal account, as long as they have one', async () => {
      const user = await given.user();
      await joined(user);
      expect(await rig.readers.personalNumber(user.id)).toEqual(err(NOT_FOUND));
      const account = await joined(user, { kind: 'personal' });
      const [facet] = await rig.facets(account.id);
      expect(facet?.number).toBeGreaterThan(0);
      expect(await rig.readers.personalNumber(user.id)).toEqual(ok(facet?.number));
      await given.deleted(account);
      expect(await rig.readers.personalNumber(user.id)).toEqual(err(NOT_FOUND));
    });

    it('finds nobody by an unknown id or address', async () => {
      expect(await rig.readers.user(newUserId())).toEqual(err(NOT_FOUND));
      expect(await rig.readers.passwordHash(newUserId())).toEqual(err(NOT_FOUND));
      expect(await rig.readers.credentials(address('nobody@example.com'))).toEqual(ok(undefined));
    });

    it('lists as projects the live platform accounts a user has been accepted in', async () => {
      const user = await given.user();
      const project = await joined(user);
      await joined(user, { kind: 'personal' });
      await given.deleted(await joined(user));
      const { account: elsewhere } = await given.owner();
      await given.membership(anInvitation(elsewhere.id, { email: user.email }));
      expect(await rig.readers.projectsOf(user.id, ALL)).toEqual(ok({ items: [project] }));
    });

    it('pages projects by id, each once, and names no next after the last', async () => {
      const user = await given.user();
      const projects = byId(await each(backwards(5), (id) => joined(user, { id: id as Account['id'] })));
      const read = (size: number) => pagesOf((page) => rig.readers.projectsOf(user.id, page), size);
      expect(await read(2)).toEqual([projects.slice(0, 2), projects.slice(2, 4), projects.slice(4)]);
      expect(await read(5)).toEqual([projects]);
      expect(await read(6)).toEqual([projects]);
      expect(await rig.readers.projectsOf(newUserId(), ALL)).toEqual(ok({ items: [] }));
    });

    it('goes on after the row a cursor names, though that row is gone', async () => {
      const user = await given.user();
      const projects = byId(await each(backwards(4), (id) => joined(user, { id: id as Account['id'] })));
      const { next } = await value(rig.readers.projectsOf(user.id, { size: 2 }));
      await given.deleted(projects[1]!);
      expect(await rig.readers.projectsOf(user.id, { size: 2, after: next })).toEqual(
        ok({ items: projects.slice(2) }),
      );
    });

    it('shows a user’s memberships in live projects with the project and themselves', async () => {
      const { user, account, membership } = await given.owner();
      await joined(user, { kind: 'personal' });
      await given.deleted(await joined(user));
      const { account: elsewhere } = await given.owner();
      const invited = await given.membership(anInvitation(elsewhere.id));
      const before = { membership, account, user };
      expect(await rig.readers.membershipsOf(user.id, ALL)).toEqual(ok({ items: [before] }));
      const accepted = await value(
        rig.accounts.run((tx) => tx.memberships.save(accept(invited, user.id, LATER))),
      );
      expect(await rig.readers.membershipsOf(user.id, ALL)).toEqual(
        ok({ items: [before, { membership: accepted, account: elsewhere, user }] }),
      );
    });

    it('shows an account’s members and invitations, a user only with those that have one', async () => {
      const { user, account, membership } = await given.owner();
      const invited = await given.membership(anInvitation(account.id));
      const refused = await given.membership(anInvitation(account.id, { role: 'admin' }));
      const denied = await value(rig.accounts.run((tx) => tx.memberships.save(deny(refused, LATER))));
      await given.owner();
      expect(await rig.readers.membersOf(account.id, ALL)).toEqual(
        ok({
          items: [
            { membership, account, user },
            { membership: invited, account, user: undefined },
            { membership: denied, account, user: undefined },
          ],
        }),
      );
      await given.deleted(account);
      expect(await rig.readers.membersOf(account.id, ALL)).toEqual(ok({ items: [] }));
      expect(await rig.readers.membersOf(newAccountId(), ALL)).toEqual(ok({ items: [] }));
    });

    it('pages memberships by id, from the side of the account and of the user', async () => {
      const { account, membership } = await given.owner();
      const guests = await each(backwards(4), (id) => given.membership(anInvitation(account.id, { id })));
      const all: readonly Membership[] = byId([membership, ...guests]);
      const members = await pagesOf((page) => rig.readers.membersOf(account.id, page), 2);
      expect(members.map((page) => page.map((view) => view.membership))).toEqual([
        all.slice(0, 2),
        all.slice(2, 4),
        all.slice(4),
      ]);
      const user = await given.user();
      const theirs = byId(
        await each(backwards(3), async (id) =>
          given.membership(aMember((await given.account(user.id)).id, user.id, { id })),
        ),
      );
      const pages = await pagesOf((page) => rig.readers.membershipsOf(user.id, page), 2);
      expect(pages.map((page) => page.map((view) => view.membership))).toEqual([
        theirs.slice(0, 2),
        theirs.slice(2),
      ]);
    });

    it('pages a user’s API keys by id, without the revoked and those of others', async () => {
      const [user, other] = [await given.user(), await given.user()];
      const add = async (key: ApiKey): Promise<ApiKey> => {
        await value(rig.accounts.run((tx) => tx.apiKeys.add(key, newHash())));
        return key;
      };
      const keys = byId(
        await each(backwards(3), (id) => add(anApiKey(user.id, { id, expiresAt: plus(AT, -MINUTE) }))),
      );
      const revoked = await add(anApiKey(user.id));
      await value(rig.accounts.run((tx) => tx.apiKeys.revoke(user.id, revoked.id, LATER)));
      await add(anApiKey(other.id));
      expect(await pagesOf((page) => rig.readers.apiKeysOf(user.id, page), 2)).toEqual([
        keys.slice(0, 2),
        keys.slice(2),
      ]);
    });
  });
