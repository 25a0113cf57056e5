import { readdir, rename, rmdir } from 'node:fs/promises';
import type { Knex } from 'knex';
import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { isUuid } from '../../domain/shared/ids.js';
import { HOUR, type Instant, iso } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import { onDiskFreeing, removeFile, unlessGone } from './disk.js';
import type { Layout } from './layout.js';
import { rowsOf, type Statement } from './statement.js';
import { unlinkBlobs } from './sweep-garbage.js';
import type { Writer } from './writer.js';

export type SweepDeps = {
  readonly db: Knex;
  readonly clock: Clock;
  readonly host: string;
  readonly layout: Layout;
  readonly writer: Writer;
};
/** Longer than any packet of a lost connection can still wait to be delivered. */
const DOUBT_MS = HOUR;
const DEAD = '.dead';
const NO_WRITER = '00000000-0000-0000-0000-000000000000';

const NAMED: Statement = {
  name: 'blobs-named',
  sql: `
    select blob_id as id from blob_objects where blob_id = any(:blobs::uuid[])
    union all select blob_id from blob_segments where blob_id = any(:blobs::uuid[])`,
};
// Known by their directories here, since a host may have changed its name; by the name, where one died before it
// made a directory. Skipping locked rows: somebody commits under that lease at this moment, or another sweep is at it.
const FENCE: Statement = {
  name: 'blobs-writers-fence',
  sql: `
    delete from blob_writers where id in (
      select id from blob_writers
      where lease_until < :now::timestamptz and (id = any(:here::uuid[]) or host = :host) and id <> :own::uuid
      for update skip locked
    )`,
};
const LEASED: Statement = {
  name: 'blobs-writers-leased',
  sql: 'select id from blob_writers where id = any(:writers::uuid[])',
};

type IdRow = { readonly id: string };
const idsOf = (rows: readonly IdRow[]): readonly string[] => rows.map(({ id }) => id);

const listed = async (directory: string): Promise<readonly string[]> =>
  (await unlessGone(readdir(directory))) ?? [];

/** Of puts that can no longer commit: those without a row lose their file, all of them their pending name. */
const settle = (
  deps: SweepDeps,
  names: readonly string[],
  pending: (name: string) => string,
): ResultAsync<number, Unavailable> =>
  safeTry(async function* () {
    const blobs = names.filter(isUuid);
    const named = new Set(idsOf(yield* rowsOf<IdRow>(deps.db, NAMED, { blobs })));
    const lost = blobs.filter((blob) => !named.has(blob));
    yield* onDiskFreeing(() => unlinkBlobs(deps.layout, lost));
    yield* onDiskFreeing(async () => {
      for (const name of names) await removeFile(pending(name));
    });
    return ok(lost.length);
  });

/** Another sweep may empty or remove the directory at the same moment. */
const reap = (deps: SweepDeps, directory: string): ResultAsync<number, Unavailable> =>
  safeTry(async function* () {
    const names = yield* onDiskFreeing(() => listed(deps.layout.writer(directory)));
    const removed = yield* settle(deps, names, (name) => deps.layout.pending(directory, name));
    yield* onDiskFreeing(() => unlessGone(rmdir(deps.layout.writer(directory)), ['ENOENT', 'ENOTEMPTY']));
    return ok(removed);
  });

/**
 * Takes away what writers without a row left. Renaming their directory first closes it to a process
 * that was only asleep: it can neither add a file nor link one into its place any more.
 */
const reapUnleased = (deps: SweepDeps): ResultAsync<number, Unavailable> =>
  safeTry(async function* () {
    const { db, layout } = deps;
    const writers = (yield* onDiskFreeing(() => listed(layout.tmp))).filter(isUuid);
    const leased = new Set(idsOf(yield* rowsOf<IdRow>(db, LEASED, { writers })));
    yield* onDiskFreeing(async () => {
      for (const id of writers.filter((writer) => !leased.has(writer)))
        await unlessGone(rename(layout.writer(id), layout.writer(id + DEAD)));
    });
    const dead = (yield* onDiskFreeing(() => listed(layout.tmp))).filter((name) => name.endsWith(DEAD));
    let removed = 0;
    for (const directory of dead) removed += yield* reap(deps, directory);
    return ok(removed);
  });

/** Our own puts whose commit was never answered, once no lost packet can commit them any more. */
const settleDoubts = (deps: SweepDeps, owner: string, at: Instant): ResultAsync<number, Unavailable> => {
  const { layout, writer } = deps;
  const old = [...writer.doubts].flatMap(([blob, since]) => (at - since > DOUBT_MS ? [blob] : []));
  if (old.length === 0) return okAsync(0);
  return settle(deps, old, (blob) => layout.pending(owner, blob)).map((removed) => {
    for (const blob of old) writer.doubts.delete(blob);
    return removed;
  });
};

/**
 * Fences writers of this directory whose lease ran out, then removes what they left. Answers how many
 * blobs were nobody's. Safe in any number of processes at once, killed anywhere.
 */
export const sweepDeadWriters = (deps: SweepDeps): ResultAsync<number, Unavailable> =>
  safeTry(async function* () {
    const { db, clock, host, layout, writer } = deps;
    const at = clock.now();
    const own = yield* writer.current().orElse(() => okAsync(NO_WRITER));
    const here = (yield* onDiskFreeing(() => listed(layout.tmp))).filter(isUuid);
    yield* rowsOf(db, FENCE, { here, host, own, now: iso(at) });
    const reaped = yield* reapUnleased(deps);
    return ok(reaped + (yield* settleDoubts(deps, own, at)));
  });

/** Gives the lease up, if this process holds one, and removes what it left. */
export const endWriter = (deps: SweepDeps): ResultAsync<void, Unavailable> =>
  deps.writer
    .stop()
    .andThen((held) => (held ? reapUnleased(deps) : okAsync(0)))
    .map(() => undefined);
