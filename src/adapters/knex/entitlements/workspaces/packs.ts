import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { OperationRun, ReviewPack } from '../../../../domain/entitlements/pack.js';
import { subjectOf } from '../../../../domain/entitlements/pack.js';
import type { PackSubject, PackWithRun, ReviewPacks } from '../../../../ports/entitlements/workspaces.js';
import {
  NOT_FOUND,
  type NotFound,
  type StaleVersion,
  type Unavailable,
} from '../../../../ports/shared/failure.js';
import { query } from '../../kit/query.js';
import { newPackRow, newRunRow, PACKS_WITH_RUNS, packChanges, runChanges, withRunOf } from './pack-rows.js';

/** Packs with their runs, of those that `which` picks. */
export const packsWhere = (db: Knex, which: (packs: Knex.QueryBuilder) => Knex.QueryBuilder) =>
  which(db('review_packs as p').join('operation_runs as r', 'r.pack_id', 'p.id').select(PACKS_WITH_RUNS));

/** The first of those that `which` picks. */
export const packWhere = (
  db: Knex,
  which: (packs: Knex.QueryBuilder) => Knex.QueryBuilder,
): ResultAsync<PackWithRun | undefined, Unavailable> =>
  query(() => packsWhere(db, which).first()).map((row) => (row === undefined ? undefined : withRunOf(row)));

/** What was looked for. */
export const packFound = (both: PackWithRun | undefined): ResultAsync<PackWithRun, NotFound> =>
  both === undefined ? errAsync(NOT_FOUND) : okAsync(both);

const ofSubject = ({ accountId, kind, reviewNumber }: PackSubject) => ({
  'p.account_id': accountId,
  'p.subject': subjectOf(kind, reviewNumber),
});

const UNDER_WAY = "(account_id, subject) where status in ('queued', 'running')";

/** One under way that this unit could not see is a conflict and runs it again; one that it could see is our mistake. */
const add = (trx: Knex, pack: Omit<ReviewPack, 'number'>, run: Omit<OperationRun, 'number'>) =>
  query(() =>
    trx('review_packs').insert(newPackRow(pack)).onConflict(trx.raw(UNDER_WAY)).ignore().returning('id'),
  )
    .andThen((inserted) => {
      if (inserted.length === 0) throw new Error(`another pack of ${pack.accountId} is under way`);
      return query(() => trx('operation_runs').insert(newRunRow(run)));
    })
    .andThen(() => packWhere(trx, (packs) => packs.where('p.id', pack.id)))
    .map((both) => {
      if (both === undefined) throw new Error(`pack ${pack.id} was added and is not there`);
      return both;
    });

/** Packs and runs on one transaction. */
export const knexPacks = (trx: Knex): ReviewPacks => ({
  get: (account, number) =>
    packWhere(trx, (packs) => packs.where({ 'p.account_id': account, 'p.number': number })).andThen(
      packFound,
    ),
  byId: (account, id) =>
    packWhere(trx, (packs) => packs.where({ 'p.account_id': account, 'p.id': id })).andThen(packFound),
  underWay: (subject) =>
    packWhere(trx, (packs) => packs.where(ofSubject(subject)).whereIn('p.status', ['queued', 'running'])),
  made: (subject, fingerprint) =>
    packWhere(trx, (packs) =>
      packs
        .where({ ...ofSubject(subject), 'p.fingerprint': fingerprint, 'p.status': 'ready' })
        .orderBy('p.id', 'desc'),
    ),
  add: (pack, run) => add(trx, pack, run),
  save: ({ pack, run }) =>
    query(() =>
      trx('review_packs').where({ id: pack.id, version: pack.version }).update(packChanges(pack)),
    ).andThen((changed) =>
      changed === 0
        ? errAsync<PackWithRun, StaleVersion>({ kind: 'stale_version', id: pack.id })
        : query(() => trx('operation_runs').where({ id: run.id }).update(runChanges(run))).map(
            (): PackWithRun => ({
              pack: { ...pack, version: pack.version + 1 },
              run: { ...run, version: run.version + 1 },
            }),
          ),
    ),
});
