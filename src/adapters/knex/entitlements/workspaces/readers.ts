import type { Knex } from 'knex';
import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Workspace } from '../../../../domain/entitlements/workspace.js';
import { type AccountId, isUuid } from '../../../../domain/shared/ids.js';
import { type PageRequest, pageOf } from '../../../../domain/shared/page.js';
import { ROLES } from '../../../../domain/shared/principal.js';
import type {
  WorkspaceContents,
  WorkspacePlace,
  WorkspaceReaders,
} from '../../../../ports/entitlements/workspaces.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../../ports/shared/failure.js';
import { keyset } from '../../kit/keyset.js';
import { query } from '../../kit/query.js';
import { int8 } from '../../kit/rows.js';
import { draftFound } from './drafts.js';
import { withRunOf } from './pack-rows.js';
import { packFound, packsWhere, packWhere } from './packs.js';
import { reviewOf } from './reviews.js';
import { standingIn } from './truth.js';

const Row = z.object({
  workspace_account: z.string().transform((id) => id as AccountId),
  workspace_number: int8,
  workspace_name: z.string(),
});
const PlaceRow = z.object({ role: z.enum(ROLES) });
const EmailRow = z.object({ email: z.string() }).optional();

const workspaceOf = (row: unknown): Workspace => {
  const { workspace_account: accountId, workspace_number: number, workspace_name: name } = Row.parse(row);
  return { accountId, number, name };
};
const found = <T>(value: T | undefined): Result<T, NotFound> =>
  value === undefined ? err(NOT_FOUND) : ok(value);

/** Live platform accounts by their facet. */
const workspaces = (db: Knex): Knex.QueryBuilder =>
  db('accounts as a')
    .join('account_facets as f', 'f.account_id', 'a.id')
    .where({ 'a.kind': 'platform', 'f.facet': 'workspace' })
    .whereNull('a.deleted_at')
    .select('a.id as workspace_account', 'a.name as workspace_name', 'f.number as workspace_number');
/** Those that a user is a member of. */
const ofUser = (db: Knex, user: string): Knex.QueryBuilder =>
  workspaces(db)
    .join('memberships as m', 'm.account_id', 'a.id')
    .where({ 'm.user_id': user, 'm.status': 'accepted' });

const pageOfWorkspaces = (rows: readonly unknown[], size: number) =>
  pageOf(rows.map(workspaceOf), size, ({ accountId }) => accountId);

/** The rows of a page from the newest on, and one more when there is one. */
const newestFirst =
  (column: string, { size, after }: PageRequest<string>) =>
  (rows: Knex.QueryBuilder): void => {
    if (after !== undefined) void rows.where(column, '<', after);
    void rows.orderBy(column, 'desc').limit(size + 1);
  };

/** Of whoever said last how a workspace stands, if that is a user. */
const changedByEmail = (db: Knex, id: string | undefined): ResultAsync<string | undefined, Unavailable> =>
  id !== undefined && isUuid(id)
    ? query(() => db('users').where({ id }).first('email')).map((row) => EmailRow.parse(row)?.email)
    : okAsync(undefined);

/** What lies in one workspace. */
const knexWorkspaceContents = (db: Knex): WorkspaceContents => ({
  standing: (account) => standingIn(db, account),
  draftOf: (account) =>
    query(() => db('onboarding_drafts').where({ account_id: account }).first()).andThen(draftFound),
  draft: (account, number) =>
    query(() => db('onboarding_drafts').where({ account_id: account, number }).first()).andThen(draftFound),
  review: (account, number) =>
    query(() => db('tenant_reviews').where({ account_id: account, number }).first()).andThen((row) =>
      found(row === undefined ? undefined : reviewOf(row)),
    ),
  reviewsOf: (account, page) =>
    query(() => db('tenant_reviews').where({ account_id: account }).modify(newestFirst('id', page))).map(
      (rows) => pageOf(rows.map(reviewOf), page.size, ({ id }) => id),
    ),
  pack: (account, number) =>
    packWhere(db, (packs) => packs.where({ 'p.account_id': account, 'p.number': number })).andThen(packFound),
  packsOf: (account, page) =>
    query(() =>
      packsWhere(db, (packs) => packs.where({ 'p.account_id': account }).modify(newestFirst('p.id', page))),
    ).map((rows) => pageOf(rows.map(withRunOf), page.size, ({ pack }) => pack.id)),
});

/** Committed rows of workspaces, straight from their tables. */
export const knexWorkspaceReaders = (db: Knex): WorkspaceReaders => ({
  isPlatformViewer: (user) =>
    query(() => db('users').where({ id: user, platform_viewer: true }).first('id')).map(
      (row) => row !== undefined,
    ),
  placesOf: (user, sessionId) =>
    query(() =>
      ofUser(db, user)
        .join('sessions as s', 's.user_id', 'm.user_id')
        .where('s.id', sessionId)
        .whereRaw('(s.workspace_id is null or s.workspace_id = a.id)')
        .orderBy('a.id')
        .limit(2)
        .select('m.role'),
    ).map((rows: readonly unknown[]) =>
      rows.map((row): WorkspacePlace => ({ workspace: workspaceOf(row), role: PlaceRow.parse(row).role })),
    ),
  ofUser: (user, page) =>
    query(() => ofUser(db, user).modify(keyset('a.id', page))).map((rows) =>
      pageOfWorkspaces(rows, page.size),
    ),
  ofMember: (user, number) =>
    query(() => ofUser(db, user).where('f.number', number).first()).andThen((row) =>
      found(row === undefined ? undefined : workspaceOf(row)),
    ),
  all: (page) =>
    query(() => workspaces(db).modify(keyset('a.id', page))).map((rows) => pageOfWorkspaces(rows, page.size)),
  byNumber: (number) =>
    query(() => workspaces(db).where('f.number', number).first())
      .andThen((row) => found(row === undefined ? undefined : workspaceOf(row)))
      .andThen((workspace) =>
        standingIn(db, workspace.accountId).andThen((standing) =>
          changedByEmail(db, standing.subscription?.changedBy ?? standing.setting?.changedBy).map(
            (email) => ({
              ...standing,
              workspace,
              changedByEmail: email,
            }),
          ),
        ),
      ),
  byAccount: (account) =>
    query(() => workspaces(db).where('a.id', account).first()).andThen((row) =>
      found(row === undefined ? undefined : workspaceOf(row)),
    ),
  ...knexWorkspaceContents(db),
});
