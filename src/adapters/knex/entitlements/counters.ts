import type { Knex } from 'knex';
import { okAsync, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import { WINDOWS, type WindowKind } from '../../../domain/entitlements/allowance.js';
import type { Count } from '../../../domain/entitlements/facts.js';
import { LIFETIME_START } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Usage, WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { WINDOWS_OF_RESERVATION } from './facts-sql.js';

/** What one counter gains. */
export type Gain = {
  readonly accountId: AccountId;
  readonly featureId: string;
  readonly kind: WindowKind;
  readonly start: Instant;
  readonly amount: bigint;
};

/** The windows that begin at these moments, and the lifetime. */
export const windowsIn = (starts: WindowStarts): readonly (readonly [WindowKind, Instant])[] => [
  ['lifetime', LIFETIME_START],
  ['day', starts.day],
  ['month', starts.month],
  ...(starts.billing_period === undefined ? [] : [['billing_period', starts.billing_period] as const]),
];

// The lifetime's counters are the locks, so they come first, and in one order: of two who count at once one waits.
const ADD = (column: 'used' | 'reserved'): string => `
  insert into usage_counters as c (account_id, feature_id, window_kind, window_start, ${column})
  select * from unnest(:accounts::uuid[], :features::uuid[], :kinds::text[], :starts::timestamptz[], :amounts::numeric[])
      as gain (account_id, feature_id, window_kind, window_start, amount)
   order by window_kind <> 'lifetime', account_id, feature_id, window_kind, window_start
  on conflict (account_id, window_kind, window_start, feature_id) do update
    set ${column} = c.${column} + excluded.${column}`;
const ADDING = { used: ADD('used'), reserved: ADD('reserved') } as const;

/** Adds to counters, be they there or not; of each there is one gain. */
export const gain = (
  trx: Knex,
  column: 'used' | 'reserved',
  gains: readonly Gain[],
): ResultAsync<void, Unavailable> =>
  query(() =>
    trx
      .raw(ADDING[column], {
        accounts: gains.map(({ accountId }) => accountId),
        features: gains.map(({ featureId }) => featureId),
        kinds: gains.map(({ kind }) => kind),
        starts: gains.map(({ start }) => iso(start)),
        amounts: gains.map(({ amount }) => String(amount)),
      })
      .options({ name: `add to what is ${column}` }),
  ).map(() => undefined);

type Meant = { readonly account: AccountId; readonly feature: string };

const HOLD = `
  select 1 from usage_counters
   where account_id = :account and window_kind = 'lifetime' and window_start = :start and feature_id = :feature
     for update`;
const MAKE = `
  insert into usage_counters (account_id, feature_id, window_kind, window_start)
  values (:account, :feature, 'lifetime', :start) on conflict do nothing`;

/** From here on nobody else writes to the counters of the account's feature until the unit ends. */
export const hold = (trx: Knex, meant: Meant): ResultAsync<void, Unavailable> => {
  const bindings = { ...meant, start: iso(LIFETIME_START) };
  const held = () =>
    query(() =>
      trx
        .raw<{ readonly rowCount: number }>(HOLD, bindings)
        .options({ name: 'hold the counters of a feature' }),
    );
  return held().andThen(({ rowCount }) =>
    rowCount === 1
      ? okAsync(undefined)
      : query(() => trx.raw(MAKE, bindings))
          .andThen(held)
          .map(() => undefined),
  );
};

/** Out of what is set aside in the windows of reservations, which become `:state`; `which` says which. */
const giveBack = (which: string): string => `
  with r as (
    update usage_reservations set state = :state where account_id = :account and state = 'held' and ${which}
    returning account_id, feature_id, amount, day, month, billing_period
  ),
  freed as (
    select r.account_id, r.feature_id, w.kind, w.start, sum(r.amount) as amount
      from r cross join lateral ${WINDOWS_OF_RESERVATION}
     where w.start is not null
     group by r.account_id, r.feature_id, w.kind, w.start
  )
  update usage_counters c set reserved = c.reserved - f.amount
    from freed f
   where c.account_id = f.account_id and c.window_kind = f.kind and c.window_start = f.start
     and c.feature_id = f.feature_id`;
const SETTLE = giveBack('id = :id');
const EXPIRE = giveBack('feature_id = :feature and expires_at <= :at');

type Settled = Parameters<Usage['settle']>[2];

/** True when it was held until now. The caller holds the counters. */
export const settled = (
  trx: Knex,
  account: AccountId,
  id: string,
  state: Settled,
): ResultAsync<boolean, Unavailable> =>
  query(() =>
    trx
      .raw<{ readonly rowCount: number }>(SETTLE, { account, id, state })
      .options({ name: 'settle a reservation' }),
  ).map(({ rowCount }) => rowCount > 0);

const READ = `
  select w.kind, c.used, c.reserved,
         exists (select 1 from usage_reservations
                  where account_id = :account and feature_id = :feature and state = 'held' and expires_at <= :at) as late
    from unnest(:kinds::text[], :starts::timestamptz[]) as w (kind, start)
    left join lateral (
      select used, reserved from usage_counters
       where account_id = :account and window_kind = w.kind and window_start = w.start and feature_id = :feature
      offset 0
    ) c on true`;
const Read = z.object({
  kind: z.enum(WINDOWS),
  used: z.string().nullable(),
  reserved: z.string().nullable(),
  late: z.boolean(),
});
type Counts = Readonly<Record<WindowKind, Count>>;
const NONE: Count = { used: 0n, reserved: 0n };

const read = (trx: Knex, meant: Meant, starts: WindowStarts, at: Instant) =>
  query(() =>
    trx
      .raw<{ readonly rows: readonly unknown[] }>(READ, {
        ...meant,
        at: iso(at),
        kinds: windowsIn(starts).map(([kind]) => kind),
        starts: windowsIn(starts).map(([, start]) => iso(start)),
      })
      .options({ name: 'counters of a feature' }),
  ).map(({ rows }) => {
    const found = rows.map((row) => Read.parse(row));
    const counts: Counts = {
      ...{ day: NONE, month: NONE, billing_period: NONE, lifetime: NONE },
      ...Object.fromEntries(
        found.map(({ kind, used, reserved }): [WindowKind, Count] => [
          kind,
          { used: BigInt(used ?? 0), reserved: BigInt(reserved ?? 0) },
        ]),
      ),
    };
    return { counts, late: found.some(({ late }) => late) };
  });

/** See the port. Most often nothing has run out, and two statements do. */
export const lockCounters =
  (trx: Knex): Usage['lock'] =>
  (account, feature, starts, at) =>
    safeTry(async function* () {
      const meant = { account, feature };
      yield* hold(trx, meant);
      const before = yield* read(trx, meant, starts, at);
      if (!before.late) return okAsync(before.counts);
      yield* query(() => trx.raw(EXPIRE, { ...meant, at: iso(at), state: 'expired' }));
      const after = yield* read(trx, meant, starts, at);
      return okAsync(after.counts);
    });
