import type { Knex } from 'knex';
import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Recorded, Usage } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { plainArray } from '../kit/rows.js';
import { type Gain, gain, windowsIn } from './counters.js';
import { recordOf } from './records.js';

// Rows name their place by its number: most of a batch are of one. In one order, so that of two batches with the same keys
// one waits for the other. Ids are told only where some were there before.
const WRITE = `
  with written as (
    insert into usage_records (id, account_id, feature_id, key, value, used_at, recorded_at, corrects, period_start)
    select id, (:accounts::uuid[])[place], (:features::uuid[])[place], key, value, (:usedAt::timestamptz[])[place],
           (:recordedAt::timestamptz[])[place], (:corrects::uuid[])[place], (:periods::timestamptz[])[place]
      from unnest(:ids::uuid[], :keys::text[], :values::bigint[], :places::integer[]) as given (id, key, value, place)
     order by 2, key collate "C"
    on conflict (account_id, key) do nothing
    returning id
  )
  select case when count(*) < :count::integer then coalesce(array_agg(id), '{}') end as some from written`;
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

const isoOf = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

/** Where rows of one account, feature and moment count: one of them, and the number of the place, from 1 on. */
type Place = { readonly row: Row; readonly number: number };
type Placed = { readonly each: readonly Place[]; readonly places: readonly Place[] };

const isOf = ({ row: { record: a, windows } }: Place, { record: b, windows: others }: Row): boolean =>
  a.accountId === b.accountId &&
  a.featureId === b.featureId &&
  a.usedAt === b.usedAt &&
  a.recordedAt === b.recordedAt &&
  a.corrects === b.corrects &&
  windows.billing_period === others.billing_period;

const placeNameOf = ({ record, windows: { billing_period: period } }: Row): string => {
  const { accountId, featureId, usedAt, recordedAt, corrects } = record;
  return `${accountId} ${featureId} ${usedAt} ${recordedAt} ${corrects} ${period}`;
};

/** The place of each row, and those that there are. Most of a batch are of one, or of that of the row before. */
const placed = (rows: Given): Placed => {
  const found = new Map<string, Place>();
  let last: Place | undefined;
  const each = rows.map((row) => {
    if (last && isOf(last, row)) return last;
    const name = placeNameOf(row);
    last = found.get(name) ?? { row, number: found.size + 1 };
    found.set(name, last);
    return last;
  });
  return { each, places: [...found.values()] };
};

type Written = { readonly rows: readonly { readonly some: readonly string[] | null }[] };
/** Those of a batch that were not on record before. */
type IsFresh = (row: Row) => boolean;

const write = (trx: Knex, rows: Given, { each, places }: Placed): ResultAsync<IsFresh, Unavailable> =>
  query(() =>
    trx
      .raw<Written>(WRITE, {
        ids: plainArray(rows.map(({ record }) => record.id)),
        keys: rows.map(({ record }) => record.key),
        values: plainArray(rows.map(({ record }) => record.value)),
        places: plainArray(each.map(({ number }) => number)),
        accounts: plainArray(places.map(({ row }) => row.record.accountId)),
        features: plainArray(places.map(({ row }) => row.record.featureId)),
        usedAt: places.map(({ row }) => iso(row.record.usedAt)),
        recordedAt: places.map(({ row }) => iso(row.record.recordedAt)),
        corrects: places.map(({ row }) => row.record.corrects ?? null),
        periods: places.map(({ row }) => isoOf(row.windows.billing_period)),
        count: rows.length,
      })
      .options({ name: 'record usage' }),
  ).map(({ rows: [counted] }) => {
    if (!counted?.some) return () => true;
    const ids = new Set(counted.some);
    return ({ record }) => ids.has(record.id);
  });

/** What each counter gains by the fresh ones: summed by places, of which there are few, and then by windows. */
const gainsOf = (rows: Given, { each, places }: Placed, isFresh: IsFresh): readonly Gain[] => {
  const amounts = [0n, ...places.map(() => 0n)];
  rows.forEach((row, n) => {
    const number = each[n]?.number ?? 0;
    if (isFresh(row)) amounts[number] = (amounts[number] ?? 0n) + row.record.value;
  });
  const gains = new Map<string, Gain>();
  for (const { row, number } of places) {
    const { accountId, featureId } = row.record;
    const amount = amounts[number] ?? 0n;
    for (const [kind, start] of amount === 0n ? [] : windowsIn(row.windows)) {
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

/** What became of a row that was not written: `kept` is the record that its key stands for now. */
const becameOf = ({ record }: Row, kept: UsageRecord | undefined): Recorded =>
  kept !== undefined && isSame(kept, record) ? 'again' : 'key_reused';

/** Records and counters in one transaction: two statements, and a third when some were on record before. */
export const record =
  (trx: Knex): Usage['record'] =>
  (rows) =>
    safeTry(async function* () {
      const firsts = firstsOf(rows);
      const all = [...firsts.values()];
      if (all.length === 0) return okAsync<readonly Recorded[]>([]);
      const places = placed(all);
      const isFresh = yield* write(trx, all, places);
      const gains = gainsOf(all, places, isFresh);
      if (gains.length > 0) yield* gain(trx, 'used', gains);
      const before = yield* standing(
        trx,
        all.filter((row) => !isFresh(row)).map((row) => row.record),
      );
      return ok(
        rows.map((row): Recorded => {
          const name = nameOf(row.record);
          const first = firsts.get(name);
          return row === first && isFresh(row)
            ? 'recorded'
            : becameOf(row, before.get(name) ?? first?.record);
        }),
      );
    });
