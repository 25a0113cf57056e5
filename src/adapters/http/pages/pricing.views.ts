import type { Plan } from '../../../domain/billing/plan.js';
import type { Allowance, PlanFeature, WindowKind } from '../../../domain/entitlements/allowance.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import { type Html, html } from '../kit/html.js';
import { onSale, priceText } from './billing-words.js';
import { notice } from './kit/form.js';
import type { PageParts } from './kit/layout.js';

type Included = { readonly feature: Feature; readonly planFeature: PlanFeature };

export type Pricing = {
  readonly plans: readonly Plan[];
  /** By plan. */
  readonly features: ReadonlyMap<string, readonly Included[]>;
  /** What the address says of a payment that somebody comes back from. */
  readonly checkout?: string | undefined;
};

/** Words for those who come back from the processor's page. */
export const CHECKOUT: Readonly<Record<string, string>> = {
  success: 'Thank you. The payment is on its way to us, and the plan follows within moments.',
  cancel: 'Nothing was paid, and nothing is changed.',
};

const EACH: Readonly<Record<WindowKind, string>> = {
  day: ' a day',
  month: ' a month',
  billing_period: ' each billing period',
  lifetime: '',
};

const amountText = ({ unit }: Feature, { limit, window }: Allowance): string => {
  if (limit === undefined) return 'as much as you like';
  return `${limit.toLocaleString('en-US')}${unit === undefined ? '' : ` ${unit}`}${EACH[window]}`;
};

const featureLine = ({ feature, planFeature: { allowance } }: Included): Html => {
  const name = html`<bdi>${feature.name}</bdi>`;
  const what =
    feature.kind === 'boolean' ? name : html`${name}: <bdi>${amountText(feature, allowance)}</bdi>`;
  return html`<li>${feature.highlight ? html`<strong>${what}</strong>` : what}</li>`;
};

/** What the plan has; of what it only says that it has it not, there is nothing to show. */
const featureLines = (included: readonly Included[]): Html | undefined => {
  const shown = included.filter(({ planFeature }) => planFeature.allowance.granted !== false);
  return shown.length === 0 ? undefined : html`<ul class="features">${shown.map(featureLine)}</ul>`;
};

const offer = (plan: Plan, included: readonly Included[]): Html =>
  html`<li class="card"><h2><bdi>${plan.name}</bdi></h2>
<ul class="prices">${onSale(plan).map((price) => html`<li>${priceText(price)}</li>`)}</ul>
${featureLines(included)}</li>`;

const offers = ({ plans, features }: Pricing): Html => {
  const sold = plans.filter((plan) => onSale(plan).length > 0);
  return sold.length === 0
    ? html`<p>Nothing is on sale yet.</p>`
    : html`<ul class="offers">${sold.map((plan) => offer(plan, features.get(plan.id) ?? []))}</ul>
<p>A plan belongs to a project. Make one, then choose its plan on the project's page Billing.</p>`;
};

export const pricingView = (pricing: Pricing): PageParts => ({
  title: 'Pricing',
  main: html`<h1>Pricing</h1>${notice(CHECKOUT[pricing.checkout ?? ''])}
${offers(pricing)}
<p class="row"><a class="button" href="/app">To your projects</a> <a href="/sign-up">Sign up</a></p>`,
});
