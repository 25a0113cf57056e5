import { ok, type ResultAsync, safeTry } from 'neverthrow';
import type { Plan } from '../../src/domain/billing/plan.js';
import { PLATFORM } from '../../src/domain/billing/seller.js';
import type { Subscription } from '../../src/domain/billing/subscription.js';
import type { Allowance } from '../../src/domain/entitlements/allowance.js';
import type { EntitlementDecision } from '../../src/domain/entitlements/decision.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import type { Instant } from '../../src/domain/shared/time.js';
import type { BillingUnitOfWork } from '../../src/ports/billing/unit-of-work.js';
import type { EntitlementsUnitOfWork } from '../../src/ports/entitlements/unit-of-work.js';
import { AT, newId } from './accounts.js';
import { aCustomer, aPlan, aSubscription } from './billing.js';

type Units = { readonly billing: BillingUnitOfWork; readonly entitlements: EntitlementsUnitOfWork };
/** What is said of features, by their keys. */
type Said = Readonly<Record<string, Allowance>>;

const value = async <T, E>(result: ResultAsync<T, E>): Promise<T> => (await result)._unsafeUnwrap();

/** So many, held at once or counted for ever; null: as many as one likes. */
export const allowed = (limit: number | null, over: Partial<Allowance> = {}): Allowance => ({
  ...(limit !== null && { limit: BigInt(limit) }),
  window: 'lifetime',
  soft: false,
  warnPercent: 80,
  ...over,
});

const featureId = (tx: Parameters<Parameters<EntitlementsUnitOfWork['run']>[0]>[0], key: string) =>
  tx.facts(newId() as AccountId, AT, [key]).map((facts) => facts.features.get(key)?.feature.id ?? '');

/** A plan that says this of its features. */
export const aPlanOf = async ({ billing, entitlements }: Units, said: Said): Promise<Plan> => {
  const plan = await value(billing.run((tx) => tx.plans.add(aPlan())));
  for (const [key, allowance] of Object.entries(said))
    await value(
      entitlements.run((tx) =>
        safeTry(async function* () {
          const times = { createdAt: AT, updatedAt: AT };
          const feature = yield* featureId(tx, key);
          const one = { id: newId(), version: 1, planId: plan.id, featureId: feature, allowance, ...times };
          yield* tx.planFeatures.add(one);
          return ok(undefined);
        }),
      ),
    );
  return plan;
};

/** The account lives on this plan from now on, in this period where it is given. */
export const subscribe = (
  { billing }: Pick<Units, 'billing'>,
  account: AccountId,
  { prices }: Plan,
  over: Partial<Pick<Subscription, 'period'>> = {},
): Promise<unknown> =>
  value(
    billing.run((tx) =>
      safeTry(async function* () {
        const customer = yield* tx.customers.ensure(aCustomer(account));
        const live = yield* tx.subscriptions.liveOf(PLATFORM, customer.id);
        const priceId = prices[0]?.id;
        if (live) yield* tx.subscriptions.save({ ...live, priceId, ...over });
        else yield* tx.subscriptions.add(aSubscription(customer, { priceId, ...over }));
        return ok(undefined);
      }),
    ),
  );

/** What the operator says of one account, whatever its plan says. */
export const override = (
  { entitlements }: Pick<Units, 'entitlements'>,
  account: AccountId,
  key: string,
  allowance: Allowance,
  endsAt?: Instant,
): Promise<void> =>
  value(
    entitlements.run((tx) =>
      featureId(tx, key).andThen((feature) =>
        tx.overrides.put(account, {
          accountId: account,
          featureId: feature,
          version: 1,
          allowance,
          reason: 'for a test',
          endsAt,
          createdAt: AT,
        }),
      ),
    ),
  );

/** A refusal of what no plan of the account includes. */
export const aRefusal = (feature: string): EntitlementDecision => ({
  feature,
  outcome: 'block',
  reason: 'not_granted',
  source: 'default',
  used: 0n,
  asOf: AT,
});
