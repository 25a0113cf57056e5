import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { DataKey, Sealer } from '../../../ports/shared/sealer.js';
import { query } from '../kit/query.js';

export type WrongSecretKey = { readonly kind: 'wrong_secret_key' };

/** The part of a key ring that tells whether it is this database's. */
export type KeyProofs = {
  readonly proof: () => string;
  readonly check: (proof: string) => 'first' | 'older' | 'unknown';
};

const NAME = 'key_check';
const BATCH = 500;
const Proof = z.object({ value: z.string() });
const Wrapped = z.array(
  z.object({
    id: z.string().transform((id) => id as AccountId),
    data_key: z.string().transform((key) => key as DataKey),
  }),
);

/**
 * The first process to come leaves a proof of its key; a later one whose keys did not make it is refused before
 * it seals anything that the others cannot open. The proof stays with the old key of a rotation until
 * `rewrapDataKeys` has taken every account over, so that the old key cannot be dropped too early.
 */
export const checkKeys = (db: Knex, ring: KeyProofs): ResultAsync<void, WrongSecretKey | Unavailable> =>
  query(() => db('settings').insert({ name: NAME, value: ring.proof() }).onConflict('name').ignore())
    .andThen(() => query(() => db('settings').where({ name: NAME }).first()))
    .andThen(
      (row): ResultAsync<void, WrongSecretKey | Unavailable> =>
        ring.check(Proof.parse(row).value) === 'unknown'
          ? errAsync({ kind: 'wrong_secret_key' })
          : okAsync(undefined),
    );

type Row = z.output<typeof Wrapped>[number];

const accountsAfter = async (db: Knex, after: string | undefined): Promise<readonly Row[]> => {
  const page = db('accounts').whereNotNull('data_key').orderBy('id').limit(BATCH).select('id', 'data_key');
  return Wrapped.parse(await (after === undefined ? page : page.where('id', '>', after)));
};

/** Compare-and-set: an account that another process has just taken over is left as it is. */
const takeOver = async (db: Knex, { id, data_key: old }: Row, rewrap: Sealer['rewrap']): Promise<number> => {
  const fresh = rewrap(old, id);
  return fresh === old ? 0 : db('accounts').where({ id, data_key: old }).update({ data_key: fresh });
};

/**
 * Ends a rotation: wraps every account's data key by the first key of the ring, and says so in the proof. Run it
 * when every process has the new key first; it may be stopped and begun again. Answers how many were changed.
 */
export const rewrapDataKeys = (
  db: Knex,
  { rewrap }: Pick<Sealer, 'rewrap'>,
  ring: KeyProofs,
): ResultAsync<number, Unavailable> =>
  query(async () => {
    let changed = 0;
    let rows = await accountsAfter(db, undefined);
    while (rows.length > 0) {
      for (const row of rows) changed += await takeOver(db, row, rewrap);
      rows = await accountsAfter(db, rows.at(-1)?.id);
    }
    await db('settings').where({ name: NAME }).update({ value: ring.proof() });
    return changed;
  });
