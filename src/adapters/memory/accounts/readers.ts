import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Membership } from '../../../domain/accounts/membership.js';
import type { Page, PageRequest } from '../../../domain/shared/page.js';
import type { AccountsReaders, MembershipView } from '../../../ports/accounts/readers.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryLook, MemoryStore } from '../kit/store.js';
import { memoryOrganizationClientReaders } from './organization-clients.js';
import {
  type AccountRow,
  type ApiKeyRow,
  apiKeyOf,
  type FacetRow,
  personalAccountOf,
  splitAccount,
  splitUser,
  TABLES,
  type UserRow,
} from './rows.js';

const idOf = <T extends { readonly id: string }>({ id }: T): string => id;

const found = <T>(value: T | undefined): ResultAsync<T, NotFound> =>
  value === undefined ? errAsync(NOT_FOUND) : okAsync(value);

/** The membership with its live account and, once somebody holds it, its user. */
const viewIn = (look: MemoryLook, membership: Membership): readonly MembershipView[] => {
  const row = look<AccountRow>(TABLES.accounts).get(membership.accountId);
  if (!row || row.deletedAt !== undefined) return [];
  const holder =
    membership.status === 'accepted' ? look<UserRow>(TABLES.users).get(membership.userId) : undefined;
  return [{ membership, account: splitAccount(row)[0], user: holder && splitUser(holder)[0] }];
};

const viewsIn = (look: MemoryLook): readonly MembershipView[] =>
  look<Membership>(TABLES.memberships)
    .all()
    .flatMap((membership) => viewIn(look, membership));

/** Committed rows of the accounts context. */
export const memoryAccountsReaders = (store: MemoryStore): AccountsReaders => {
  const users = store.read<UserRow>(TABLES.users);
  const memberships = (
    which: (view: MembershipView) => boolean,
    page: PageRequest<string>,
  ): ResultAsync<Page<MembershipView, string>, never> =>
    store.look((look) => keyset(viewsIn(look).filter(which), page, ({ membership }) => membership.id));

  return {
    ...memoryOrganizationClientReaders(store),
    user: (id) => users.get(id).andThen((row) => found(row && splitUser(row)[0])),
    credentials: (email) =>
      users.all().map((rows) => {
        const row = rows.find((user) => user.email === email);
        return row && { user: splitUser(row)[0], passwordHash: row.passwordHash };
      }),
    personalNumber: (id) =>
      store
        .look((look) => {
          const account = personalAccountOf(look<AccountRow>(TABLES.accounts).all(), id);
          return look<FacetRow>(TABLES.facets)
            .all()
            .find(({ accountId, facet }) => accountId === account?.id && facet === 'personal')?.number;
        })
        .andThen(found),
    passwordHash: (id) => users.get(id).andThen((row) => found(row?.passwordHash)),
    projectsOf: (id, page) =>
      store.look((look) =>
        keyset(
          viewsIn(look)
            .filter(({ user, account }) => user?.id === id && account.kind === 'platform')
            .map(({ account }) => account),
          page,
          idOf,
        ),
      ),
    membershipsOf: (id, page) =>
      memberships(({ user, account }) => user?.id === id && account.kind === 'platform', page),
    membersOf: (id, page) => memberships(({ account }) => account.id === id, page),
    apiKeysOf: (id, page) =>
      store
        .read<ApiKeyRow>(TABLES.apiKeys)
        .all()
        .map((rows) =>
          keyset(
            rows.filter((row) => row.userId === id && row.revokedAt === undefined).map(apiKeyOf),
            page,
            idOf,
          ),
        ),
  };
};
