import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import type { CatalogueName, Plan } from '../../../domain/billing/plan.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import { type Page, type PageRequest, pageOf } from '../../../domain/shared/page.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { PLAN_WITH_PRICE, plansOf } from './plan-rows.js';

/** Before all ids. */
const START = '00000000-0000-0000-0000-000000000000';

const PAGE = `
  select ${PLAN_WITH_PRICE.join(', ')}
    from (select * from plans
           where seller_id = :seller and catalogue = :catalogue and id > :after order by id limit :limit) p
    left join plan_prices x on x.seller_id = p.seller_id and x.plan_id = p.id
   order by p.id, x.position`;

/**
 * A page of what is on sale. Whoever comes by asks for it, so it is plain SQL with a name: each connection plans it
 * once, and planning the join takes longer than running it.
 */
export const planPage = (
  db: Knex,
  seller: SellerId,
  catalogue: CatalogueName,
  { size, after = START }: PageRequest<string>,
): ResultAsync<Page<Plan, string>, Unavailable> =>
  query(() =>
    db
      .raw<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>(PAGE, {
        seller,
        catalogue,
        after,
        limit: size + 1,
      })
      .options({ name: 'plans of a catalogue' }),
  ).map(({ rows }) => pageOf(plansOf(rows), size, ({ id }) => id));
