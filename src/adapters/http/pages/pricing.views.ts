import type { Plan } from '../../../domain/billing/plan.js';
import { type Html, html } from '../kit/html.js';
import { onSale, priceText } from './billing-words.js';
import { notice } from './kit/form.js';
import type { PageParts } from './kit/layout.js';

export type Pricing = {
  readonly plans: readonly Plan[];
  /** What the address says of a payment that somebody comes back from. */
  readonly checkout?: string | undefined;
};

/** Words for those who come back from the processor's page. */
export const CHECKOUT: Readonly<Record<string, string>> = {
  success: 'Thank you. The payment is on its way to us, and the plan follows within moments.',
  cancel: 'Nothing was paid, and nothing is changed.',
};

const offer = (plan: Plan): Html =>
  html`<li class="card"><h2><bdi>${plan.name}</bdi></h2>
<ul class="prices">${onSale(plan).map((price) => html`<li>${priceText(price)}</li>`)}</ul></li>`;

const offers = (plans: readonly Plan[]): Html => {
  const sold = plans.filter((plan) => onSale(plan).length > 0);
  return sold.length === 0
    ? html`<p>Nothing is on sale yet.</p>`
    : html`<ul class="offers">${sold.map(offer)}</ul>
<p>A plan belongs to a project. Make one, then choose its plan on the project's page Billing.</p>`;
};

export const pricingView = ({ plans, checkout }: Pricing): PageParts => ({
  title: 'Pricing',
  main: html`<h1>Pricing</h1>${notice(checkout === undefined ? undefined : CHECKOUT[checkout])}
${offers(plans)}
<p class="row"><a class="button" href="/app">To your projects</a> <a href="/sign-up">Sign up</a></p>`,
});
