import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';

type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
};
type Statement = { readonly sql: string; readonly bindings: readonly Knex.RawBinding[] };

const readThrough = (plan: Plan): readonly string[] => [
  ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []),
  ...(plan.Plans ?? []).flatMap((child) => readThrough(child)),
];

/**
 * What the statements of a call cost, each run once more within a transaction that is undone: how many blocks they
 * touch, and which tables they read through.
 */
export const explained = async (
  db: Knex,
  call: () => ResultAsync<unknown, unknown>,
): Promise<{ readonly blocks: number; readonly through: readonly string[] }> => {
  const statements: Statement[] = [];
  const note = (statement: Statement) => statements.push(statement);
  db.on('query', note);
  (await call())._unsafeUnwrap();
  db.removeListener('query', note);
  const plans: Plan[] = [];
  const work = statements.filter(({ sql }) => /^\s*(select|insert|update|delete|with|\()/i.test(sql));
  for (const { sql, bindings } of work) {
    const trx = await db.transaction();
    const explain = `explain (analyze, buffers, format json) ${sql.replaceAll(/\$\d+/g, '?')}`;
    try {
      const { rows } = await trx.raw(explain, [...bindings]);
      plans.push(rows[0]['QUERY PLAN'][0].Plan);
    } finally {
      await trx.rollback();
    }
  }
  const blocks = plans.map((plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
  return { blocks: blocks.reduce((sum, n) => sum + n, 0), through: plans.flatMap(readThrough) };
};
