import { declined } from '../api/refusal.js';
import { testCard } from '../billing/charge.js';
import { pay } from '../billing/checkout.js';
import { moneyText, priceText } from '../billing/words.js';
import { known } from '../lookup.js';
import type { SessionRecord } from '../records.js';
import { sessionAmount } from '../wire/session.js';
import type { World } from '../world.js';
import { cardField, html, layout, type Markup, problem } from './html.js';
import { bySecret, type Page, type Shown } from './page.js';

const VERBS = { payment: 'Pay', subscription: 'Subscribe', setup: 'Save card' } as const;

const order = ({ state }: World, session: SessionRecord): Markup => {
  if (session.mode === 'setup') return html`<p>Your card is kept for later. Nothing is charged now.</p>`;
  const lines = session.lines.map(({ price: id, quantity }) => {
    const price = known(state.prices, id);
    const name = priceText(known(state.products, price.product), price);
    const amount = quantity === null ? 'by usage' : moneyText(price.unitAmount * quantity, price.currency);
    return html`<tr><td>${quantity === null ? '' : `${quantity} × `}${name}</td><td>${amount}</td></tr>`;
  });
  const total = moneyText(sessionAmount(state, session), session.currency ?? 'usd');
  return html`<table>
<thead><tr><th scope="col">Item</th><th scope="col">Amount</th></tr></thead>
<tbody>${lines}</tbody>
<tfoot><tr><th scope="row">Due today</th><td>${total}</td></tr></tfoot>
</table>`;
};

/** A submitted form is sent on to the shop: the page's policy has to name where. */
const origins = ({ successUrl, cancelUrl }: SessionRecord): readonly string[] =>
  [successUrl, cancelUrl ?? successUrl].map((url) => new URL(url).origin);

const form = (world: World, session: SessionRecord, failure?: string): Shown => ({
  status: failure === undefined ? 200 : 402,
  leadsTo: origins(session),
  html: layout(
    'Checkout',
    html`<h1>Checkout</h1>
${order(world, session)}
${problem(failure)}
<form method="post">
${cardField(failure !== undefined)}
<button>${VERBS[session.mode]}</button>
</form>
${session.cancelUrl !== null && html`<p><a class="button plain" href="${session.cancelUrl}">Cancel and go back</a></p>`}`,
  ),
});

const over = (session: SessionRecord | undefined): Shown => ({
  status: session ? 410 : 404,
  html: layout(
    'Checkout',
    session?.status === 'complete'
      ? html`<h1>This checkout is complete</h1><p><a href="${returnOf(session)}">Back to the shop</a></p>`
      : html`<h1>This checkout is not there any more</h1><p>Go back to the shop and start again.</p>`,
  ),
});

const returnOf = ({ successUrl, id }: SessionRecord): string =>
  successUrl.replaceAll('{CHECKOUT_SESSION_ID}', id);

const openOf = (world: World, secret: string): SessionRecord | undefined =>
  bySecret(world.state.sessions, secret);

/** Where a payer pays: a form that works without a script. */
export const checkoutPage: Page = {
  path: /^\/c\/pay\/(?<secret>[\w-]{1,100})$/,
  show: (world, secret) => {
    const session = openOf(world, secret);
    return session?.status === 'open' ? form(world, session) : over(session);
  },
  submit: (world, secret, fields) => {
    const session = openOf(world, secret);
    if (session?.status !== 'open') return over(session);
    const card = testCard(fields.get('card') ?? '');
    if (card === undefined) return form(world, session, 'That is not the number of a test card.');
    const outcome = pay(world, session, card);
    return outcome === 'done'
      ? { status: 303, location: returnOf(session) }
      : form(world, session, declined(outcome).message);
  },
};
