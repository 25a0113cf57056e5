import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { InvoicePreview } from '../../../ports/billing/invoice-views.js';
import { type Html, html } from '../kit/html.js';
import { billingTrail, minor } from './billing.views.js';
import { priceText } from './billing-words.js';
import type { ProjectMember } from './guards.js';
import { csrfField, type PageParts } from './kit/layout.js';
import { sectionsOf } from './parts.js';
import { billingOf, planChangeOf } from './places.js';

export type PlanChangeView = {
  readonly member: ProjectMember;
  readonly priceId: string;
  /** The plan that it is a price of. */
  readonly wanted: { readonly plan: Plan; readonly price: PlanPrice } | undefined;
  readonly preview: InvoicePreview;
  /** The moment that the preview is made for, and the charge with it. */
  readonly at: Instant;
};

const total = ({ amountDue, currency, lines: all }: InvoicePreview): Html => {
  const sum = all.reduce((before, { amount }) => before + amount, 0n);
  if (sum < 0n)
    return html`Nothing will be charged now. <strong>${minor(-sum, currency)}</strong> will be credited against what comes next.`;
  return html`<strong>${minor(amountDue, currency)}</strong> will be charged now.${
    amountDue < sum && html` Earlier credit pays the rest.`
  }`;
};

const lines = ({ lines: all, currency }: InvoicePreview): Html =>
  html`<table><caption>What the change comes to</caption><thead><tr><th scope="col">For</th><th scope="col" class="sum">Amount</th></tr></thead>
<tbody>${all.map(
    ({ description, amount }) =>
      html`<tr><th scope="row"><bdi>${description}</bdi></th><td class="sum">${minor(amount, currency)}</td></tr>`,
  )}</tbody></table>`;

export const planChangeView = ({ member, priceId, wanted, preview, at }: PlanChangeView): PageParts => {
  const title = wanted ? `Change to ${wanted.plan.name}` : 'Change the plan';
  return {
    title,
    csrf: member.csrf,
    trail: [...billingTrail(member), { name: title, href: planChangeOf(member.account.id, priceId) }],
    sections: sectionsOf(member, 'billing', 'true'),
    main: html`<h1>${title}</h1><div class="card">${wanted && html`<p>${priceText(wanted.price)}</p>`}${lines(preview)}
<p>${total(preview)} The figures hold for ten minutes.</p>
<form method="post" action="${billingOf(member.account.id)}/change" class="row">${csrfField(member.csrf)}
<input type="hidden" name="price" value="${priceId}"><input type="hidden" name="at" value="${String(at)}">
<button>Change the plan</button> <a class="button quiet" href="${billingOf(member.account.id)}">Keep the present plan</a></form></div>`,
  };
};
