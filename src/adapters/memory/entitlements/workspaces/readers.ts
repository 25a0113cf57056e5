import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Membership } from '../../../../domain/accounts/membership.js';
import type { Workspace } from '../../../../domain/entitlements/workspace.js';
import type { AccountId, UserId } from '../../../../domain/shared/ids.js';
import { type Page, type PageRequest, pageOf } from '../../../../domain/shared/page.js';
import type {
  PackWithRun,
  WorkspacePlace,
  WorkspaceReaders,
} from '../../../../ports/entitlements/workspaces.js';
import { NOT_FOUND, type NotFound } from '../../../../ports/shared/failure.js';
import { TABLES as ACCOUNTS, type AccountRow, type FacetRow, type UserRow } from '../../accounts/rows.js';
import { keyset } from '../../kit/keyset.js';
import type { MemoryLook, MemoryStore } from '../../kit/store.js';
import { idOf } from '../../shared/rows.js';
import {
  type DraftRow,
  type PackRow,
  type PlacedSessionRow,
  type ReviewRow,
  type RunRow,
  TABLES,
} from './rows.js';
import { standingSeen } from './truth.js';

const found = <T>(value: T | undefined): Result<T, NotFound> =>
  value === undefined ? err(NOT_FOUND) : ok(value);

const accountOf = ({ accountId }: { readonly accountId: AccountId }): AccountId => accountId;

/** A live platform account by its facet. */
const workspaceIn = (look: MemoryLook, id: AccountId): readonly Workspace[] => {
  const account = look<AccountRow>(ACCOUNTS.accounts).get(id);
  const facet = look<FacetRow>(ACCOUNTS.facets).get(idOf(id, 'workspace'));
  return account === undefined || account.deletedAt !== undefined || facet === undefined
    ? []
    : [{ accountId: id, number: facet.number, name: account.name }];
};

const placesIn = (look: MemoryLook, user: UserId): readonly WorkspacePlace[] =>
  look<Membership>(ACCOUNTS.memberships)
    .all()
    .filter((m) => m.status === 'accepted' && m.userId === user)
    .flatMap((m) => workspaceIn(look, m.accountId).map((workspace) => ({ workspace, role: m.role })))
    .sort((a, b) => (a.workspace.accountId < b.workspace.accountId ? -1 : 1));

const allIn = (look: MemoryLook): readonly Workspace[] =>
  look<AccountRow>(ACCOUNTS.accounts)
    .all()
    .flatMap(({ id }) => workspaceIn(look, id));

const newestFirst = <T>(
  rows: readonly T[],
  { size, after }: PageRequest<string>,
  cursorOf: (row: T) => string,
): Page<T, string> =>
  pageOf(
    rows
      .filter((row) => after === undefined || cursorOf(row) < after)
      .sort((a, b) => (cursorOf(a) < cursorOf(b) ? 1 : -1))
      .slice(0, size + 1),
    size,
    cursorOf,
  );

const packsIn = (look: MemoryLook, account: AccountId): readonly PackWithRun[] =>
  look<PackRow>(TABLES.packs)
    .all()
    .filter(({ accountId }) => accountId === account)
    .flatMap((pack) => {
      const run = look<RunRow>(TABLES.runs).get(pack.id);
      return run === undefined ? [] : [{ pack, run }];
    });

const detailIn = (look: MemoryLook, number: number) => {
  const workspace = allIn(look).find((one) => one.number === number);
  if (workspace === undefined) return undefined;
  const standing = standingSeen(look, workspace.accountId);
  const changedBy = standing.subscription?.changedBy ?? standing.setting?.changedBy ?? '';
  return { ...standing, workspace, changedByEmail: look<UserRow>(ACCOUNTS.users).get(changedBy)?.email };
};

/** Committed rows of workspaces. */
export const memoryWorkspaceReaders = (store: MemoryStore): WorkspaceReaders => {
  const reviewsOf = (account: AccountId): ResultAsync<readonly ReviewRow[], never> =>
    store
      .read<ReviewRow>(TABLES.reviews)
      .all()
      .map((rows) => rows.filter(({ accountId }) => accountId === account));
  return {
    isPlatformViewer: (user) =>
      store
        .read<UserRow>(ACCOUNTS.users)
        .get(user)
        .map((row) => row?.platformViewer === true),
    placesOf: (user, sessionId) =>
      store.look((look) => {
        const session = look<PlacedSessionRow>(ACCOUNTS.sessions).get(sessionId);
        if (session?.userId !== user) return [];
        const { workspaceId } = session;
        return placesIn(look, user)
          .filter(({ workspace }) => workspaceId === undefined || workspace.accountId === workspaceId)
          .slice(0, 2);
      }),
    ofUser: (user, page) =>
      store.look((look) =>
        keyset(
          placesIn(look, user).map(({ workspace }) => workspace),
          page,
          accountOf,
        ),
      ),
    ofMember: (user, number) =>
      store
        .look((look) => placesIn(look, user).find(({ workspace }) => workspace.number === number)?.workspace)
        .andThen(found),
    all: (page) => store.look((look) => keyset(allIn(look), page, accountOf)),
    byNumber: (number) => store.look((look) => detailIn(look, number)).andThen(found),
    byAccount: (account) => store.look((look) => workspaceIn(look, account)[0]).andThen(found),
    standing: (account) => store.look((look) => standingSeen(look, account)),
    draftOf: (account) => store.read<DraftRow>(TABLES.drafts).get(account).andThen(found),
    draft: (account, number) =>
      store
        .read<DraftRow>(TABLES.drafts)
        .get(account)
        .map((draft) => (draft?.number === number ? draft : undefined))
        .andThen(found),
    review: (account, number) =>
      reviewsOf(account)
        .map((rows) => rows.find((review) => review.number === number))
        .andThen(found),
    reviewsOf: (account, page) => reviewsOf(account).map((rows) => newestFirst(rows, page, ({ id }) => id)),
    pack: (account, number) =>
      store.look((look) => packsIn(look, account).find(({ pack }) => pack.number === number)).andThen(found),
    packsOf: (account, page) =>
      store.look((look) => newestFirst(packsIn(look, account), page, ({ pack }) => pack.id)),
  };
};
