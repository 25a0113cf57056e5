import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Every } from '../../domain/billing/calendar.js';
import type { Money } from '../../domain/billing/money.js';
import type { CatalogueName, Plan } from '../../domain/billing/plan.js';
import { limitsOf } from '../../domain/billing/plan-limits.js';
import { MONTHLY, priceFor, sellAt, YEARLY } from '../../domain/billing/plan-prices.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { Caller } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { BillingTx } from '../../ports/billing/unit-of-work.js';
import type { AuditEntry } from '../../ports/shared/audit.js';
import { NOT_FOUND, type Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { byCaller, bySystem } from '../shared/record.js';
import type { BillingDeps } from './deps.js';
import { accountOf } from './payer.js';
import { type ProcessorIds, usablePrices } from './usable-prices.js';

export type NewPlan = ProcessorIds & { readonly name: string };
export type PlanChanges = { readonly [Field in keyof NewPlan]?: NewPlan[Field] | undefined };
/** A plan whose price the processor hears of when it is first bought. */
export type OwnPlan = {
  readonly catalogue: Exclude<CatalogueName, 'training-pipes'>;
  readonly name: string;
  readonly cost: Money;
  readonly every: Every;
  readonly traits: Readonly<Record<string, unknown>>;
};

/** A version of a plan, for those who want to hear of it. */
export const tellOfPlan = (tx: BillingTx, plan: Plan, type: string): ResultAsync<void, Unavailable> =>
  tx.events.append({
    stream: plan.id,
    seq: plan.version,
    type,
    accountId: accountOf(plan.sellerId),
    data: { name: plan.name, catalogue: plan.catalogue },
    at: plan.updatedAt,
  });

const deedOf = (action: string, { id, sellerId }: Plan) => ({
  accountId: accountOf(sellerId),
  action,
  target: id,
});
const audited = (caller: Caller, action: string, plan: Plan) => byCaller(caller, deedOf(action, plan));

type Entry = (deed: ReturnType<typeof deedOf>) => AuditEntry;

const add = (
  { billing, ids }: Pick<BillingDeps, 'billing' | 'ids'>,
  plan: Plan,
  entry: Entry,
  once?: Once,
) => {
  const limits = limitsOf(plan.catalogue, plan.traits).map((limit) => ({ ...limit, id: ids.next() }));
  return billing.run((tx) =>
    safeTry(async function* () {
      const before = yield* claim(tx, once, { ids: { plan: plan.id } });
      if (before) return tx.plans.get(PLATFORM, before.ids['plan'] ?? '').mapErr(impossible('not_found'));
      const added = yield* tx.plans.add(plan);
      yield* tx.planLimits.add(added, limits);
      yield* tellOfPlan(tx, added, 'plan.created');
      yield* tx.audit.record(entry(deedOf('plan.create', added)));
      return ok(added);
    }),
  );
};

const newPlan = (
  { ids }: Pick<BillingDeps, 'ids'>,
  { at }: Pick<Caller, 'at'>,
  rest: Pick<Plan, 'catalogue' | 'name' | 'traits' | 'prices'>,
) =>
  ({
    id: ids.next(),
    number: 0,
    version: 1,
    sellerId: PLATFORM,
    ...rest,
    createdAt: at,
    updatedAt: at,
  }) satisfies Plan;

/** A plan at prices that are at the processor already. */
export const createPlan = (deps: BillingDeps) => (wanted: NewPlan, caller: Caller, once?: Once) =>
  safeTry(async function* () {
    const prices = yield* usablePrices(deps, wanted);
    const { name, productId } = wanted;
    const plan = newPlan(deps, caller, { catalogue: 'training-pipes', name, traits: {}, prices });
    return add(deps, { ...plan, productId }, (deed) => byCaller(caller, deed), once);
  });

const ownPlan = (
  deps: Pick<BillingDeps, 'ids'>,
  { catalogue, name, cost, every, traits }: OwnPlan,
  at: Instant,
) =>
  newPlan(
    deps,
    { at },
    {
      catalogue,
      name,
      traits,
      prices: [{ id: deps.ids.next(), cost, every, active: true }],
    },
  );

/** A plan that the processor does not know. */
export const createOwnPlan = (deps: BillingDeps) => (wanted: OwnPlan, caller: Caller, once?: Once) =>
  add(deps, ownPlan(deps, wanted, caller.at), (deed) => byCaller(caller, deed), once).mapErr(
    impossible('price_taken'),
  );

const ALL = { size: 1_000 };

/** What a plan that a deployment comes with is found by, whatever it is called by now; kept among its traits. */
const STOCKED_AS = 'stocked_as';
export type StockedPlan = OwnPlan & { readonly stockedAs: string };

const isStocked = ({ name, traits }: Plan, wanted: StockedPlan): boolean =>
  STOCKED_AS in traits ? traits[STOCKED_AS] === wanted.stockedAs : name === wanted.name;

/** Puts on sale what is missing of these. Repeatable, and done whenever a process starts: what is there stays as it is. */
export const stockPlans =
  (deps: Pick<BillingDeps, 'billing' | 'clock' | 'ids' | 'readers'>) =>
  (wanted: readonly StockedPlan[]): ResultAsync<void, Unavailable> =>
    safeTry(async function* () {
      for (const plan of wanted) {
        const { items } = yield* deps.readers.plansOf(PLATFORM, plan.catalogue, ALL);
        if (!items.some((there) => isStocked(there, plan))) yield* stock(deps, plan);
      }
      return ok(undefined);
    });

/** Another process may be faster. */
const stock = (
  deps: Pick<BillingDeps, 'billing' | 'clock' | 'ids'>,
  { stockedAs, ...wanted }: StockedPlan,
): ResultAsync<void, Unavailable> => {
  const at = deps.clock.now();
  const traits = { ...wanted.traits, [STOCKED_AS]: stockedAs };
  return add(deps, ownPlan(deps, { ...wanted, traits }, at), (deed) => bySystem(deed, at, deps.ids.next()))
    .map(() => undefined)
    .orElse((failure) => (failure.kind === 'plan_name_taken' ? ok(undefined) : err(failure)))
    .mapErr(impossible('price_taken', 'idempotency_key_reused', 'idempotency_in_progress'));
};

const idsOf = (plan: Plan, changes: PlanChanges): ProcessorIds => ({
  productId: changes.productId ?? plan.productId ?? '',
  monthlyPriceId: changes.monthlyPriceId ?? priceFor(plan, MONTHLY)?.processorId ?? '',
  yearlyPriceId: changes.yearlyPriceId ?? priceFor(plan, YEARLY)?.processorId ?? '',
});

const changed = (deps: BillingDeps, plan: Plan, changes: PlanChanges) =>
  safeTry(async function* () {
    const name = changes.name ?? plan.name;
    const [wanted, had] = [idsOf(plan, changes), idsOf(plan, {})];
    if (JSON.stringify(wanted) === JSON.stringify(had)) return ok({ ...plan, name });
    const prices = sellAt(plan.prices, yield* usablePrices(deps, wanted));
    return ok({ ...plan, name, productId: wanted.productId, prices });
  });

/** What is given changes; plans of other catalogues are not made of the processor's prices. Who is subscribed at a price that is put aside stays so. */
export const updatePlan = (deps: BillingDeps) => (id: string, changes: PlanChanges, caller: Caller) =>
  safeTry(async function* () {
    const before = yield* deps.readers.plan(PLATFORM, id);
    if (before.catalogue !== 'training-pipes') return err(NOT_FOUND);
    const after = yield* changed(deps, before, changes);
    if (JSON.stringify(told(before)) === JSON.stringify(told(after))) return okAsync(before);
    return deps.billing.run((tx) =>
      safeTry(async function* () {
        const saved = yield* tx.plans.save({ ...after, updatedAt: caller.at });
        yield* tellOfPlan(tx, saved, 'plan.updated');
        yield* tx.audit.record(audited(caller, 'plan.update', saved));
        return ok(saved);
      }),
    );
  });

const told = ({ name, productId, prices }: Plan) => [
  name,
  productId,
  prices.map(({ processorId, active }) => [processorId, active]),
];
