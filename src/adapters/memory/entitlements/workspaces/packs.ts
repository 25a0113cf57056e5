import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { type ReviewPack, subjectOf } from '../../../../domain/entitlements/pack.js';
import type { PackSubject, PackWithRun, ReviewPacks } from '../../../../ports/entitlements/workspaces.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../../ports/shared/failure.js';
import { nextNumber } from '../../kit/sequence.js';
import type { MemoryTx } from '../../kit/store.js';
import { idOf } from '../../shared/rows.js';
import { type PackRow, type RunRow, TABLES } from './rows.js';

const UNDER_WAY = 'review_packs_under_way';

const isUnderWay = ({ status }: Pick<ReviewPack, 'status'>): boolean =>
  status === 'queued' || status === 'running';
const keyOf = ({ accountId, kind, reviewNumber }: PackSubject): string =>
  idOf(accountId, subjectOf(kind, reviewNumber));

/** Packs and runs on one unit. */
export const memoryPacks = (tx: MemoryTx): ReviewPacks => {
  const packs = tx.table<PackRow>(TABLES.packs);
  const runs = tx.table<RunRow>(TABLES.runs);

  const withRun = (pack: ReviewPack): ResultAsync<PackWithRun, never> =>
    runs.get(pack.id).map((run) => {
      if (run === undefined) throw new Error(`pack ${pack.id} has no run`);
      return { pack, run };
    });
  const newest = (which: (pack: ReviewPack) => boolean): ResultAsync<PackWithRun | undefined, never> =>
    packs
      .all()
      .map((all) =>
        all
          .filter(which)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .at(-1),
      )
      .andThen((pack) => (pack === undefined ? okAsync(undefined) : withRun(pack)));
  const only = (which: (pack: ReviewPack) => boolean): ResultAsync<PackWithRun, NotFound> =>
    newest(which).andThen((both) => (both === undefined ? errAsync(NOT_FOUND) : okAsync(both)));
  const leaveWay = (pack: ReviewPack): ResultAsync<void, never> =>
    isUnderWay(pack) ? okAsync(undefined) : tx.releaseUnique(UNDER_WAY, keyOf(pack));

  return {
    get: (account, number) => only((pack) => pack.accountId === account && pack.number === number),
    byId: (account, id) => only((pack) => pack.accountId === account && pack.id === id),
    underWay: (subject) => newest((pack) => isUnderWay(pack) && keyOf(pack) === keyOf(subject)),
    made: (subject, fingerprint) =>
      newest(
        (pack) =>
          pack.status === 'ready' && pack.fingerprint === fingerprint && keyOf(pack) === keyOf(subject),
      ),
    add: (unnumbered, unnumberedRun) =>
      tx
        .claimUnique(UNDER_WAY, keyOf(unnumbered), unnumbered.id)
        .andThen((free) => {
          if (!free) throw new Error(`another pack of ${unnumbered.accountId} is under way`);
          return nextNumber(tx, TABLES.packs);
        })
        .andThen((number) =>
          nextNumber(tx, TABLES.runs).andThen((runNumber) => {
            const both = { pack: { ...unnumbered, number }, run: { ...unnumberedRun, number: runNumber } };
            return packs
              .put(both.pack.id, both.pack)
              .andThen(() => runs.put(both.pack.id, both.run))
              .map(() => both);
          }),
        ),
    save: ({ pack, run }) =>
      packs.get(pack.id).andThen((before) => {
        if (before?.version !== pack.version)
          return errAsync<PackWithRun, StaleVersion>({ kind: 'stale_version', id: pack.id });
        const both = {
          pack: { ...pack, version: pack.version + 1 },
          run: { ...run, version: run.version + 1 },
        };
        return packs
          .put(pack.id, both.pack)
          .andThen(() => runs.put(pack.id, both.run))
          .andThen(() => leaveWay(pack))
          .map(() => both);
      }),
  };
};
