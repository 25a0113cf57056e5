// The built pipeline behind a bare door: a request changes a subscription at a processor in this process, and sends
// the webhook that tells of it through the pipeline on PostgreSQL.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { DIST, DATABASE_URL, POOL_SIZE, CUSTOMERS } = process.env;
const built = (path) => import(pathToFileURL(join(DIST, path)).href);
const { openDatabase } = await built('adapters/knex/kit/database.js');
const { knexBilling } = await built('adapters/knex/billing/unit-of-work.js');
const { knexBillingReaders } = await built('adapters/knex/billing/readers.js');
const { knexInboundEvents } = await built('adapters/knex/billing/inbound-events.js');
const { memoryProcessor } = await built('adapters/memory/billing/processor.js');
const { delivery } = await built('adapters/memory/billing/processor-events.js');
const { systemClock } = await built('adapters/system/clock.js');
const { systemIds } = await built('adapters/system/ids.js');
const { receiveEvent } = await built('application/billing/events/receive-event.js');
const { PLATFORM_CONNECTION } = await built('application/billing/events/connections.js');
const { newCustomer } = await built('domain/billing/customer.js');
const { PLATFORM } = await built('domain/billing/seller.js');

const SECRET = 'a secret of the benchmark';
const db = openDatabase({ url: DATABASE_URL, poolSize: Number(POOL_SIZE), name: 'bench' });
const billing = knexBilling(db, { ids: systemIds, quotas: {} });
const sellers = () => [{ connection: PLATFORM_CONNECTION, secrets: [SECRET] }];
const processor = memoryProcessor({ clock: systemClock, sellers });
const receive = receiveEvent({
  clock: systemClock,
  ids: systemIds,
  billing,
  readers: knexBillingReaders(db),
  inbound: knexInboundEvents(db),
  processor,
});
const hooks = processor.hooks(PLATFORM_CONNECTION);
const price = hooks.addPrice({
  productId: 'bench',
  active: true,
  currency: 'usd',
  amount: 1_000n,
  every: { interval: 'month', count: 1 },
  metered: false,
});

const value = (result) => {
  if (result.isErr()) throw new Error(JSON.stringify(result.error));
  return result.value;
};

const at = systemClock.now();
const planPrice = {
  id: systemIds.next(),
  processorId: price,
  cost: { amount: 1_000n, currency: 'usd' },
  active: true,
};
value(
  await billing.run((tx) =>
    tx.plans.add({
      id: systemIds.next(),
      number: 0,
      version: 1,
      sellerId: PLATFORM,
      catalogue: 'training-pipes',
      name: 'bench',
      productId: 'bench',
      traits: {},
      prices: [{ ...planPrice, every: { interval: 'month', count: 1 } }],
      createdAt: at,
      updatedAt: at,
    }),
  ),
);

/** Tells of what has changed last. Only the last of several events: each is a webhook of its own. */
const tell = async () => {
  const event = hooks.takeEvents().at(-1);
  const at = systemClock.now();
  value(await receive({ ...delivery(event, at, SECRET), door: 'bench' }, at));
};

const accounts = await db('accounts').where({ name: 'bench' }).limit(Number(CUSTOMERS)).pluck('id');
const subscriptions = [];
for (const payer of accounts) {
  const customer = newCustomer(systemIds.next(), PLATFORM, payer, systemClock.now());
  const wanted = { key: customer.id, name: 'bench', labels: {} };
  const processorId = value(await processor.checkout.ensureCustomer(PLATFORM_CONNECTION, wanted));
  hooks.keepCard(processorId, 'pays');
  value(
    await billing.run((tx) =>
      tx.customers.ensure(customer).andThen((one) => tx.customers.bind(one, processorId)),
    ),
  );
  subscriptions.push({ id: hooks.subscribe(processorId, [price]), cancel: false });
  await tell();
}

let asked = 0;
const server = createServer(async (_request, response) => {
  asked += 1;
  const subscription = subscriptions[asked % subscriptions.length];
  subscription.cancel = !subscription.cancel;
  const change = { key: String(asked), id: subscription.id, cancel: subscription.cancel };
  value(await processor.subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, change));
  await tell();
  response.setHeader('Content-Length', 0).end();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
