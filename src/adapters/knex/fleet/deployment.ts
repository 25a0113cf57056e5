import type { Knex } from 'knex';
import * as z from 'zod';
import type { Deployment } from '../../../ports/fleet/deployment.js';
import { query } from '../kit/query.js';

const NAME = 'deployment_id';
const Rows = z.tuple([z.object({ value: z.string() })]);

/** Which deployment the database belongs to: the first that asks. */
export const knexDeployment = (db: Knex, configured: string): Deployment => ({
  configured,
  recorded: () =>
    query(() => db('settings').insert({ name: NAME, value: configured }).onConflict('name').ignore())
      .andThen(() => query(() => db('settings').where({ name: NAME }).select('value')))
      .map((rows) => Rows.parse(rows)[0].value),
});
