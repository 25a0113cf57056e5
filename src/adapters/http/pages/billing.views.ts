import type { Invoice } from '../../../application/billing/invoices.js';
import type { AccountEntitlements } from '../../../application/entitlements/index.js';
import { currency } from '../../../domain/billing/currency.js';
import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { InvoicePreview } from '../../../ports/billing/invoice-views.js';
import { type Html, html } from '../kit/html.js';
import { onSale, priceText, REASONS, standingOf, subscribedTo } from './billing-words.js';
import type { ProjectMember } from './guards.js';
import { notice, type Problem, summary } from './kit/form.js';
import { day, money, time } from './kit/format.js';
import { csrfField, type PageParts, type Step } from './kit/layout.js';
import { limitsBanner } from './limits.views.js';
import { about, pill, sectionsOf, storageTrail } from './parts.js';
import { billingOf, planChangeOf } from './places.js';
import { CHECKOUT } from './pricing.views.js';

export type BillingView = {
  readonly member: ProjectMember;
  readonly standing: AccountEntitlements;
  readonly plans: readonly Plan[];
  readonly subscription: Subscription | undefined;
  /** Undefined: the processor does not answer. */
  readonly invoices: { readonly items: readonly Invoice[]; readonly hasMore: boolean } | undefined;
  readonly upcoming: InvoicePreview | undefined;
  /** Where the forms of the page may lead. */
  readonly leads: readonly string[];
  readonly done?: string | undefined;
  readonly problem?: Problem;
};

export const billingTrail = (member: ProjectMember): readonly Step[] => [
  ...storageTrail(member),
  { name: 'Billing', href: billingOf(member.account.id) },
];

/** Minor units as people read them; a currency that is nobody's is shown as the processor spells it. */
export const minor = (amount: bigint, code: string): string =>
  currency(code).match(
    (known) => money({ amount, currency: known }),
    () => `${amount} ${code.toUpperCase()}`,
  );

const fact = (name: string, value: Html | string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const next = ({ upcoming }: BillingView): Html | undefined =>
  upcoming &&
  fact(
    'Next invoice',
    html`${minor(upcoming.amountDue, upcoming.currency)}, ${time(upcoming.nextAttempt ?? upcoming.period.end)}`,
  );

const button = (view: BillingView, { to, label, quiet = false }: Deed, more?: Html): Html =>
  html`<form method="post" action="${billingOf(view.member.account.id)}/${to}">${csrfField(view.member.csrf)}${more}<button${
    quiet && html` class="quiet"`
  }>${label}</button></form>`;
type Deed = { readonly to: string; readonly label: Html | string; readonly quiet?: boolean };

const deeds = (view: BillingView, subscription: Subscription): Html => {
  const { cancelAtPeriodEnd, processor } = subscription;
  const ends = `${billingOf(view.member.account.id)}/cancel`;
  return html`<div class="row">${isLive(subscription) && cancelAtPeriodEnd && button(view, { to: 'resume', label: 'Resume' })}${
    processor && button(view, { to: 'portal', label: 'Cards and invoices', quiet: true })
  }${isLive(subscription) && !cancelAtPeriodEnd && html`<a class="danger-link" href="${ends}">Cancel subscription</a>`}</div>`;
};

const current = (view: BillingView): Html => {
  const { subscription, plans } = view;
  if (!subscription) return html`<p>This project has no subscription.</p>`;
  const known = subscribedTo(plans, subscription);
  return html`<p>${pill(subscription.status)} ${standingOf(subscription)}</p>
<dl class="facts">${fact('Plan', html`<bdi>${known?.plan.name ?? 'One that is not on sale here'}</bdi>`)}${
    known && fact('Price', priceText(known.price))
  }${next(view)}</dl>${deeds(view, subscription)}`;
};

const choice = (view: BillingView, plan: Plan, price: PlanPrice): Html => {
  const { subscription, member } = view;
  const live = subscription !== undefined && isLive(subscription) ? subscription : undefined;
  const text = priceText(price);
  if (live && subscribedTo([plan], live)?.price.id === price.id)
    return html`<li>${text} <span class="soft">This is yours.</span></li>`;
  if (live?.cancelAtPeriodEnd) return html`<li>${text}</li>`;
  if (live)
    return html`<li>${text} <a href="${planChangeOf(member.account.id, price.processorId ?? '')}">Change to it${about(`${plan.name}, ${text}`)}</a></li>`;
  const label = html`Subscribe${about(`${plan.name}, ${text}`)}`;
  const named = html`<input type="hidden" name="price" value="${price.processorId ?? ''}">`;
  return html`<li>${text} ${button(view, { to: 'checkout', label }, named)}</li>`;
};

const isEnding = (subscription: Subscription | undefined): boolean =>
  subscription !== undefined && isLive(subscription) && subscription.cancelAtPeriodEnd;

const offers = (view: BillingView): Html => {
  const sold = view.plans.filter((plan) => onSale(plan).length > 0);
  return html`<section aria-labelledby="plans"><h2 id="plans">Plans</h2>${
    sold.length === 0
      ? html`<p>Nothing is on sale yet.</p>`
      : html`${isEnding(view.subscription) && html`<p>Resume the subscription before you change its plan.</p>`}<ul class="offers">${sold.map(
          (plan) =>
            html`<li class="card"><h3><bdi>${plan.name}</bdi></h3><ul class="prices">${onSale(plan).map((price) => choice(view, plan, price))}</ul></li>`,
        )}</ul>`
  }</section>`;
};

const invoiceRow = (invoice: Invoice): Html => {
  const number = html`<bdi>${invoice.number ?? 'Draft'}</bdi>`;
  return html`<tr><th scope="row">${
    invoice.hostedUrl === undefined
      ? number
      : html`<a href="${invoice.hostedUrl}" rel="noreferrer">${number}</a>`
  }</th><td>${day(invoice.createdAt)}</td><td class="wide">${REASONS[invoice.reason]}</td><td class="wide">${pill(invoice.status)}</td><td class="sum">${minor(invoice.amountDue, invoice.currency)}</td></tr>`;
};

const invoiceTable = ({ invoices }: BillingView): Html => {
  if (!invoices) return html`<p>The payment processor does not answer at the moment.</p>`;
  if (invoices.items.length === 0) return html`<p>There are none yet.</p>`;
  return html`<table><caption>${invoices.hasMore ? `The newest ${invoices.items.length}; the page Cards and invoices has all` : 'All, newest first'}</caption>
<thead><tr><th scope="col">Number</th><th scope="col">Made</th><th scope="col" class="wide">For</th><th scope="col" class="wide">Status</th><th scope="col" class="sum">Amount</th></tr></thead>
<tbody>${invoices.items.map(invoiceRow)}</tbody></table>`;
};

/** Words for what the address says was just done. Anything else it says is left unsaid. */
const DONE: Readonly<Record<string, string>> = {
  ...CHECKOUT,
  changed: 'The plan is changed.',
  cancelled: 'The subscription ends with the period that is paid for.',
  resumed: 'The subscription goes on.',
};

export const billingView = (view: BillingView): PageParts => {
  const { member, problem, done } = view;
  return {
    title: `${problem ? 'Error: ' : ''}Billing of ${member.account.name}`,
    csrf: member.csrf,
    trail: billingTrail(member),
    sections: sectionsOf(member, 'billing'),
    main: html`<h1>Billing of <bdi>${member.account.name}</bdi></h1>
${summary(problem)}${limitsBanner(member, view.standing)}${notice(done === undefined ? undefined : DONE[done])}
<section class="card" aria-labelledby="subscription"><h2 id="subscription">Subscription</h2>${current(view)}</section>
${offers(view)}
<section class="card" aria-labelledby="invoices"><h2 id="invoices">Invoices</h2>${invoiceTable(view)}</section>`,
  };
};
