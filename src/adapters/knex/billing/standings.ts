import type { Knex } from 'knex';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Resource } from '../../../domain/shared/principal.js';
import type { Standing, Standings } from '../../../ports/billing/standings.js';
import { query } from '../kit/query.js';

/** What of a standing comes with a row of an account. */
export const STANDING_COLUMNS = `pc.processor_id as standing_customer, ps.processor_id as standing_subscription,
  ps.processor_price_id as standing_price, ps.processor_status as standing_status`;

const joins = (seller: string, payer: string, kind: 'left join' | 'join'): string =>
  `${kind} customers pc on pc.payer_account_id = ${payer} and pc.seller_id = ${seller}
     and pc.processor_id is not null
   left join lateral (
     select s.processor_id, s.processor_price_id, s.processor_status from subscriptions s
     where s.seller_id = pc.seller_id and s.customer_id = pc.id and s.processor_id is not null
     order by s.status in ('ended', 'pending'), s.started_at desc, s.id desc limit 1
   ) ps on true`;

/** Brings the standing of an account along, as far as it is a customer of the platform. */
export const standingJoin = (payer: string): string => joins(`'${PLATFORM}'`, payer, 'left join');

type Row = {
  readonly standing_customer: string | null;
  readonly standing_subscription: string | null;
  readonly standing_price: string | null;
  readonly standing_status: string | null;
};

const standingOf = (row: Row): Standing | undefined => {
  if (row.standing_customer === null) return undefined;
  const [id, status, priceId] = [row.standing_subscription, row.standing_status, row.standing_price];
  return {
    customerId: row.standing_customer,
    subscription: id === null ? undefined : { id, status: status ?? '', priceId: priceId ?? '' },
  };
};

const BATCH = `select p.id, ${STANDING_COLUMNS} from unnest(:payers::uuid[]) p (id) ${joins(':seller', 'p.id', 'join')}`;

/** The standing in a row that came with `STANDING_COLUMNS`, or of many accounts in one statement. */
export const knexStandings = (db: Knex): Standings => ({
  standingIn: (resource: Resource | undefined) => resource && standingOf(resource as object as Row),
  standingsOf: (seller, payers) =>
    query(() =>
      db.raw<{ readonly rows: readonly (Row & { readonly id: AccountId })[] }>(BATCH, {
        seller,
        payers: [...payers],
      }),
    ).map(
      ({ rows }) =>
        new Map(
          rows.flatMap((row): [AccountId, Standing][] => {
            const standing = standingOf(row);
            return standing ? [[row.id, standing]] : [];
          }),
        ),
    ),
});
