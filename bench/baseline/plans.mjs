// What a careful person writes by hand: Koa, and one SELECT for what is on sale.
import knex from 'knex';
import Koa from 'koa';

const { DATABASE_URL, POOL_SIZE } = process.env;
const db = knex({ client: 'pg', connection: DATABASE_URL, pool: { min: 0, max: Number(POOL_SIZE) } });
const columns = {
  id: 'p.id',
  name: 'p.name',
  stripe_product_id: 'p.product_id',
  monthly_price_id: 'm.processor_id',
  yearly_price_id: 'y.processor_id',
  created_at: 'p.created_at',
  updated_at: 'p.updated_at',
  monthly_price: db.raw('m.amount::float8'),
  yearly_price: db.raw('y.amount::float8'),
  currency: 'm.currency',
};
const every = (interval) => ({ interval, active: true });

const app = new Koa();
app.use(async (ctx) => {
  const items = await db('plans as p')
    .join(db('plan_prices').where(every('month')).as('m'), 'm.plan_id', 'p.id')
    .join(db('plan_prices').where(every('year')).as('y'), 'y.plan_id', 'p.id')
    .where('p.catalogue', 'training-pipes')
    .orderBy('p.id')
    .limit(1000)
    .select(columns);
  ctx.body = { items: items.map((plan) => ({ ...plan, features: [] })) };
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
