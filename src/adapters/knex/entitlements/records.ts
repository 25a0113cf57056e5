import type { Knex } from 'knex';
import { errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import { inOrder } from '../../../domain/entitlements/standing.js';
import type { CountedRecord, UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Recorded, Usage } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { type Gain, gain, windowsIn } from './counters.js';

const Columns = z.object({
  id: z.string(),
  account_id: z.string().transform((id) => id as AccountId),
  feature_id: z.string(),
  key: z.string(),
  value: z.bigint(),
  used_at: timestamptz,
  recorded_at: timestamptz,
  corrects: nullable(z.string()),
});

/** A row of `usage_records` as the domain sees it. */
export const recordOf = (row: unknown): UsageRecord => {
  const r = Columns.parse(row);
  return {
    id: r.id,
    accountId: r.account_id,
    featureId: r.feature_id,
    key: r.key,
    value: r.value,
    usedAt: r.used_at,
    recordedAt: r.recorded_at,
    corrects: r.corrects,
  };
};

const Period = z.object({ period_start: nullable(timestamptz) });
const countedOf = (row: unknown): CountedRecord => ({
  ...recordOf(row),
  periodStart: Period.parse(row).period_start,
});

// In one order, so that of two batches with the same keys one waits for the other.
const WRITE = `
  insert into usage_records (id, account_id, feature_id, key, value, used_at, recorded_at, corrects, period_start)
  select * from unnest(:ids::uuid[], :accounts::uuid[], :features::uuid[], :keys::text[], :values::bigint[],
      :usedAt::timestamptz[], :recordedAt::timestamptz[], :corrects::uuid[], :periods::timestamptz[])
    as given (id, account_id, feature_id, key, value, used_at, recorded_at, corrects, period_start)
   order by account_id, key collate "C"
  on conflict (account_id, key) do nothing
  returning id`;
const STANDING = `
  select r.* from unnest(:accounts::uuid[], :keys::text[]) as sought (account_id, key)
   cross join lateral (
     select * from usage_records where account_id = sought.account_id and key = sought.key offset 0
   ) r`;

type Given = Parameters<Usage['record']>[0];
type Row = Given[number];

const nameOf = ({ accountId, key }: UsageRecord): string => `${accountId} ${key}`;
const isSame = (a: UsageRecord, b: UsageRecord): boolean =>
  a.featureId === b.featureId && a.value === b.value && a.usedAt === b.usedAt;

/** Of rows with one key the first. */
const firstsOf = (rows: Given): ReadonlyMap<string, Row> => {
  const firsts = new Map<string, Row>();
  for (const row of rows) {
    const name = nameOf(row.record);
    if (!firsts.has(name)) firsts.set(name, row);
  }
  return firsts;
};

/** Most of a batch are of the same few moments. */
const isoOf = (moments: readonly (Instant | undefined)[]): readonly (string | null)[] => {
  const texts = new Map([...new Set(moments)].map((at) => [at, at === undefined ? null : iso(at)]));
  return moments.map((at) => texts.get(at) ?? null);
};

const write = (trx: Knex, rows: Given): ResultAsync<ReadonlySet<string>, Unavailable> => {
  const records = rows.map(({ record }) => record);
  return query(() =>
    trx
      .raw<{ readonly rows: readonly { readonly id: string }[] }>(WRITE, {
        ids: records.map(({ id }) => id),
        accounts: records.map(({ accountId }) => accountId),
        features: records.map(({ featureId }) => featureId),
        keys: records.map(({ key }) => key),
        values: records.map(({ value }) => String(value)),
        usedAt: isoOf(records.map(({ usedAt }) => usedAt)),
        recordedAt: isoOf(records.map(({ recordedAt }) => recordedAt)),
        corrects: records.map(({ corrects }) => corrects ?? null),
        periods: isoOf(rows.map(({ windows }) => windows.billing_period)),
      })
      .options({ name: 'record usage' }),
  ).map((written) => new Set(written.rows.map(({ id }) => id)));
};

/** What each counter gains by these. */
const gainsOf = (rows: Given): readonly Gain[] => {
  // Most rows of a batch are of the same windows: those are summed first, and then for each window.
  const sums = new Map<string, { readonly row: Row; amount: bigint }>();
  for (const row of rows) {
    const { accountId, featureId, value } = row.record;
    const { day, month, billing_period: period } = row.windows;
    const name = `${accountId} ${featureId} ${day} ${month} ${period}`;
    const sum = sums.get(name);
    if (sum) sum.amount += value;
    else sums.set(name, { row, amount: value });
  }
  const gains = new Map<string, Gain>();
  for (const { row, amount } of sums.values()) {
    const { accountId, featureId } = row.record;
    for (const [kind, start] of windowsIn(row.windows)) {
      const name = `${accountId} ${featureId} ${kind} ${start}`;
      const before = gains.get(name)?.amount ?? 0n;
      gains.set(name, { accountId, featureId, kind, start, amount: before + amount });
    }
  }
  return [...gains.values()];
};

/** Those that were on record before, by name. */
const standing = (
  trx: Knex,
  records: readonly UsageRecord[],
): ResultAsync<ReadonlyMap<string, UsageRecord>, Unavailable> =>
  records.length === 0
    ? okAsync(new Map())
    : query(() =>
        trx.raw<{ readonly rows: readonly unknown[] }>(STANDING, {
          accounts: records.map(({ accountId }) => accountId),
          keys: records.map(({ key }) => key),
        }),
      ).map(({ rows }) => new Map(rows.map(recordOf).map((record) => [nameOf(record), record])));

/** Of each row what became of it: `kept` is the record that its key stands for now. */
const becameOf = (row: Row, kept: UsageRecord | undefined, fresh: ReadonlySet<Row>): Recorded => {
  if (fresh.has(row)) return 'recorded';
  return kept !== undefined && isSame(kept, row.record) ? 'again' : 'key_reused';
};

/** Records and counters in one transaction: two statements, and a third when some were on record before. */
export const record =
  (trx: Knex): Usage['record'] =>
  (rows) =>
    safeTry(async function* () {
      const firsts = firstsOf(rows);
      const all = [...firsts.values()];
      if (all.length === 0) return okAsync<readonly Recorded[]>([]);
      const written = yield* write(trx, all);
      const [fresh, old] = [
        all.filter((row) => written.has(row.record.id)),
        all.filter((row) => !written.has(row.record.id)),
      ];
      if (fresh.length > 0) yield* gain(trx, 'used', gainsOf(fresh));
      const before = yield* standing(
        trx,
        old.map((row) => row.record),
      );
      const counted = new Set(fresh);
      return ok(
        rows.map((row) => {
          const name = nameOf(row.record);
          return becameOf(row, before.get(name) ?? firsts.get(name)?.record, counted);
        }),
      );
    });

/** Records that are there already, on one transaction. */
export const knexRecords = (trx: Knex): Pick<Usage, 'get' | 'byKeys' | 'history'> => ({
  get: (account, id) =>
    query(() => trx('usage_records').where({ account_id: account, id }).first()).andThen((row) =>
      row === undefined ? errAsync<UsageRecord, NotFound>(NOT_FOUND) : okAsync(recordOf(row)),
    ),
  byKeys: (account, keys) =>
    query(() =>
      trx('usage_records')
        .where({ account_id: account })
        .whereIn('key', [...keys]),
    ).map((rows: unknown[]) => rows.map(recordOf)),
  history: (id) =>
    query(() =>
      trx.unionAll([trx('usage_records').where({ id }), trx('usage_records').where({ corrects: id })], true),
    ).map((rows: unknown[]) => inOrder(rows.map(countedOf))),
});
