import type { Container } from 'inversify';
import type { Knex } from 'knex';
import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { PLATFORM_CONNECTION } from '../application/billing/events/connections.js';
import type { Interval } from '../domain/billing/calendar.js';
import type { UserId } from '../domain/shared/ids.js';
import type { Caller } from '../domain/shared/principal.js';
import type { PriceView } from '../ports/billing/catalogue.js';
import type { Config } from './config.js';
import { contexts, ports } from './tokens.js';

/** How much of each feature, by its key. */
type Included = Readonly<Record<string, bigint>>;
type Offer = {
  readonly key: string;
  readonly name: string;
  readonly cents: Record<'month' | 'year', bigint>;
  readonly included: Included;
};

const GIB = 1024n ** 3n;

/** What the demo sells. */
const OFFERS: readonly Offer[] = [
  {
    key: 'demo_starter',
    name: 'Starter',
    cents: { month: 1_900n, year: 19_000n },
    included: { buckets: 5n, members: 5n, running_file_systems: 2n, storage_bytes: 100n * GIB },
  },
  {
    key: 'demo_team',
    name: 'Team',
    cents: { month: 4_900n, year: 49_000n },
    included: { buckets: 50n, members: 50n, running_file_systems: 20n, storage_bytes: 1_000n * GIB },
  },
];
const ALL = { size: 1_000, after: undefined };

/** Puts one plan on sale: first at the sandbox, as an operator would at Stripe, then here. */
const sell = (container: Container, config: Pick<Config, 'PRICE_CURRENCY'>, caller: Caller, offer: Offer) => {
  const { catalogue } = container.get(ports.processor);
  const priceFor = (interval: Extract<Interval, 'month' | 'year'>) =>
    catalogue.ensurePrice(PLATFORM_CONNECTION, {
      key: `${offer.key}_${interval}`,
      product: { id: offer.key, name: offer.name },
      currency: config.PRICE_CURRENCY,
      amount: offer.cents[interval],
      every: { interval, count: 1 },
    });
  return safeTry(async function* () {
    const monthly: PriceView = yield* priceFor('month');
    const yearly: PriceView = yield* priceFor('year');
    const plan = { name: offer.name, productId: offer.key };
    return container
      .get(contexts.billing)
      .createPlan({ ...plan, monthlyPriceId: monthly.id, yearlyPriceId: yearly.id }, caller);
  });
};

/** Says what of its features a plan includes, as far as nobody has said so. */
const include = (container: Container, caller: Caller, planId: string, included: Included) =>
  safeTry(async function* () {
    const entitlements = container.get(contexts.entitlements);
    const { items: features } = yield* entitlements.listFeatures(ALL);
    for (const { id, key } of features) {
      const usageLimit = included[key];
      if (usageLimit === undefined) continue;
      yield* entitlements
        .createPlanFeature({ planId, featureId: id, usageLimit }, caller)
        .map(() => undefined)
        .orElse((failure) => (failure.kind === 'plan_feature_taken' ? ok(undefined) : err(failure)));
    }
    return ok(undefined);
  });

/** What is on sale of the demo's plans, by name. */
const stocked = (container: Container) =>
  container
    .get(contexts.billing)
    .listPlans('training-pipes', ALL)
    .map(({ items }) => new Map(items.map(({ name, id }) => [name, id])));

const sellAll = (
  container: Container,
  config: Pick<Config, 'PRICE_CURRENCY'>,
  caller: Caller,
): ResultAsync<void, { readonly kind: string }> =>
  safeTry(async function* () {
    const before = yield* stocked(container);
    for (const offer of OFFERS.filter(({ name }) => !before.has(name)))
      yield* sell(container, config, caller, offer);
    const now = yield* stocked(container);
    for (const { name, included } of OFFERS) yield* include(container, caller, now.get(name) ?? '', included);
    return ok(undefined);
  });

/** The demo's plans, as far as they are not on sale yet, in the name of its first user. */
export const seedPlans = async (
  container: Container,
  db: Knex,
  config: Pick<Config, 'PRICE_CURRENCY'>,
): Promise<void> => {
  const [first] = await db('users').orderBy('created_at').limit(1).select('id');
  if (first === undefined) return;
  const userId = first.id as UserId;
  const caller: Caller = {
    at: container.get(ports.clock).now(),
    address: '127.0.0.1',
    requestId: container.get(ports.ids).next(),
    userId,
    via: { kind: 'session', id: userId },
    platformAdmin: true,
  };
  const sold = await sellAll(container, config, caller);
  if (sold.isErr()) throw new Error(`the demo's plans cannot be put on sale: ${sold.error.kind}`);
};
