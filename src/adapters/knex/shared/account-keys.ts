import type { Knex } from 'knex';
import { err, ok } from 'neverthrow';
import * as z from 'zod';
import type { AccountKeys } from '../../../ports/shared/account-keys.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import { query } from '../kit/query.js';

const Row = z.object({ data_key: z.string().transform((text) => text as DataKey) }).optional();

/** A deleted account keeps its key until it is erased: what is left to do in it may need to open things. */
export const knexAccountKeys = (db: Knex): AccountKeys => ({
  get: (id) =>
    query(() => db('accounts').where({ id }).whereNotNull('data_key').first('data_key')).andThen((row) => {
      const dataKey = Row.parse(row)?.data_key;
      return dataKey === undefined ? err(NOT_FOUND) : ok(dataKey);
    }),
});
