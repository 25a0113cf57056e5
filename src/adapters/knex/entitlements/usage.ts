import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Reservation } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { Usage, WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { gain, hold, lockCounters, settled, windowsIn } from './counters.js';
import { record } from './recording.js';
import { knexRecords } from './records.js';

const Row = z.object({
  id: z.string(),
  account_id: z.string().transform((id) => id as AccountId),
  feature_id: z.string(),
  amount: z.bigint(),
  state: z.enum(['held', 'confirmed', 'released', 'expired'] satisfies readonly Reservation['state'][]),
  reserved_at: timestamptz,
  expires_at: timestamptz,
});
const Starts = z.object({ day: timestamptz, month: timestamptz, billing_period: nullable(timestamptz) });

/** A row of `usage_reservations` as the domain sees it. */
export const reservationOf = (row: unknown): Reservation => {
  const r = Row.parse(row);
  return {
    id: r.id,
    accountId: r.account_id,
    featureId: r.feature_id,
    amount: r.amount,
    state: r.state,
    reservedAt: r.reserved_at,
    expiresAt: r.expires_at,
  };
};

const insert = (trx: Knex, reservation: Reservation, windows: WindowStarts): ResultAsync<void, Unavailable> =>
  query(() =>
    trx('usage_reservations').insert({
      id: reservation.id,
      account_id: reservation.accountId,
      feature_id: reservation.featureId,
      amount: reservation.amount,
      state: reservation.state,
      reserved_at: iso(reservation.reservedAt),
      expires_at: iso(reservation.expiresAt),
      day: iso(windows.day),
      month: iso(windows.month),
      billing_period: windows.billing_period === undefined ? null : iso(windows.billing_period),
    }),
  ).map(() => undefined);

const CROSSED = `
  insert into usage_crossings (account_id, feature_id, window_start, percent, usage_limit, at)
  values (:account, :feature, :start, :percent, :limit, :at) on conflict do nothing`;

/** What was used and what is set aside, on one transaction. */
export const knexUsage = (trx: Knex): Usage => {
  const row = (account: AccountId, id: string): ResultAsync<unknown, NotFound | Unavailable> =>
    query(() => trx('usage_reservations').where({ account_id: account, id }).first()).andThen((found) =>
      found === undefined ? errAsync<unknown, NotFound>(NOT_FOUND) : okAsync<unknown>(found),
    );
  return {
    ...knexRecords(trx),
    record: record(trx),
    lock: lockCounters(trx),
    reservation: (account, id) => row(account, id).map(reservationOf),
    reserve: (reservation, windows) => {
      const { accountId, featureId, amount } = reservation;
      return insert(trx, reservation, windows).andThen(() =>
        gain(
          trx,
          'reserved',
          windowsIn(windows).map(([kind, start]) => ({ accountId, featureId, kind, start, amount })),
        ),
      );
    },
    // The counters first, as everybody has them: who gives back what has run out comes from there, too.
    settle: (account, id, state) =>
      row(account, id)
        .map(reservationOf)
        .andThen(({ featureId }) => hold(trx, { account, feature: featureId }))
        .andThen(() => settled(trx, account, id, state))
        .orElse((failure) => (failure.kind === 'not_found' ? okAsync(false) : errAsync(failure))),
    windowsOf: (account, id) =>
      row(account, id).map((found) => {
        const { day, month, billing_period: period } = Starts.parse(found);
        return { day, month, ...(period !== undefined && { billing_period: period }) };
      }),
    crossed: ({ accountId, featureId, windowStart, percent, limit, at }) =>
      query(() =>
        trx
          .raw<{ readonly rowCount: number }>(CROSSED, {
            account: accountId,
            feature: featureId,
            start: iso(windowStart),
            percent,
            limit: limit.toString(),
            at: iso(at),
          })
          .options({ name: 'cross a share of a limit' }),
      ).map(({ rowCount }) => rowCount === 1),
  };
};
