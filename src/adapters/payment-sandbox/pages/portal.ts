import { declined } from '../api/refusal.js';
import { keepCard, keepOutcome, testCard } from '../billing/charge.js';
import { collect } from '../billing/invoices.js';
import { dayText, moneyText, priceText } from '../billing/words.js';
import { known, newestFirst, own } from '../lookup.js';
import type { InvoiceRecord, PortalRecord, SubscriptionRecord } from '../records.js';
import { customerWire } from '../wire/customer.js';
import { endsAt } from '../wire/subscription.js';
import { changeSubscription, type World } from '../world.js';
import { cardField, html, layout, type Markup, problem } from './html.js';
import { bySecret, type Page, type Shown } from './page.js';

const HOUR = 3_600;
const LIVE = ['active', 'past_due', 'incomplete'];
const SHOWN = 20;

type Said = { readonly done?: string; readonly failure?: string };

const action = (name: string, value: string, label: string, id: string): Markup =>
  html`<form method="post"><input type="hidden" name="${name}" value="${id}"><button class="plain" name="action" value="${value}">${label}</button></form>`;

const plan = ({ state }: World, subscription: SubscriptionRecord): Markup => {
  const names = subscription.items.map((item) => {
    const price = known(state.prices, item.price);
    return html`<dd>${priceText(known(state.products, price.product), price)}</dd>`;
  });
  const end = endsAt(subscription);
  const until = `${end === null ? 'Renews' : 'Ends'} on ${dayText(end ?? subscription.period.end)}`;
  const change =
    end !== null
      ? action('subscription', 'resume', 'Keep the plan', subscription.id)
      : action('subscription', 'cancel', 'Cancel the plan', subscription.id);
  return html`<dl><dt>Plan</dt>${names}<dt>Status</dt><dd>${subscription.status}</dd><dt>Next</dt><dd>${until}</dd></dl>
${subscription.schedule === null && change}`;
};

const invoiceRow = (invoice: InvoiceRecord): Markup =>
  html`<tr><td>${invoice.number}</td><td>${dayText(invoice.created)}</td><td>${invoice.status}${
    invoice.status === 'open' && action('invoice', 'pay', 'Pay now', invoice.id)
  }</td><td>${moneyText(invoice.amountDue, invoice.currency)}</td></tr>`;

const owned = <T extends { readonly customer: string; readonly created: number }>(
  records: Readonly<Record<string, T>>,
  customer: string,
): readonly T[] => newestFirst(records).filter((record) => record.customer === customer);

const show = (world: World, portal: PortalRecord, said: Said = {}): Shown => {
  const { state } = world;
  const plans = owned(state.subscriptions, portal.customer).filter(({ status }) => LIVE.includes(status));
  const invoices = owned(state.invoices, portal.customer).slice(0, SHOWN);
  const card = own(state.cards, known(state.customers, portal.customer).defaultPaymentMethod ?? '');
  const back = portal.returnUrl;
  return {
    status: said.failure === undefined ? 200 : 402,
    html: layout(
      'Your billing',
      html`<h1>Your billing</h1>
${back !== null && html`<p><a href="${back}">Return to the shop</a></p>`}
${said.done !== undefined && html`<p class="done" role="status">${said.done}</p>`}
${problem(said.failure)}
<section><h2>Plan</h2>${plans.length === 0 ? html`<p>No plan.</p>` : plans.map((one) => plan(world, one))}</section>
<section><h2>Card</h2>
<p>${card ? `${card.brand} ending in ${card.last4}` : 'The card of the checkout, or none.'}</p>
<form method="post">${cardField(said.failure !== undefined)}<button name="action" value="card">Change card</button></form></section>
<section><h2>Invoices</h2>
${
  invoices.length === 0
    ? html`<p>No invoices.</p>`
    : html`<table><thead><tr><th scope="col">Number</th><th scope="col">Date</th><th scope="col">Status</th><th scope="col">Amount</th></tr></thead><tbody>${invoices.map(invoiceRow)}</tbody></table>`
}</section>`,
    ),
  };
};

const changeCard = (world: World, portal: PortalRecord, number: string): Said => {
  const card = testCard(number);
  if (card === undefined) return { failure: 'That is not the number of a test card.' };
  const outcome = keepOutcome(card);
  if (outcome !== 'kept') return { failure: declined(outcome).message };
  const customer = known(world.state.customers, portal.customer);
  customer.defaultPaymentMethod = keepCard(world, customer.id, card).id;
  world.tell('customer.updated', customerWire(customer));
  for (const subscription of owned(world.state.subscriptions, customer.id))
    if (LIVE.includes(subscription.status))
      changeSubscription(world, subscription.id, { defaultPaymentMethod: customer.defaultPaymentMethod });
  return { done: 'Your card is changed.' };
};

const payNow = (world: World, portal: PortalRecord, id: string): Said => {
  const invoice = own(world.state.invoices, id);
  if (invoice?.customer !== portal.customer || invoice.status !== 'open')
    return { failure: 'There is nothing to pay.' };
  return collect(world, invoice) === 'paid'
    ? { done: 'The invoice is paid.' }
    : { failure: 'Your card was declined.' };
};

const setCancel = (world: World, portal: PortalRecord, id: string, cancel: boolean): Said => {
  const found = own(world.state.subscriptions, id);
  if (found?.customer !== portal.customer || !LIVE.includes(found.status) || found.schedule !== null)
    return { failure: 'There is no such plan.' };
  // As Stripe does where billing is flexible: the portal names the moment, and leaves the flag as it is.
  if ((endsAt(found) !== null) !== cancel)
    changeSubscription(world, id, {
      cancelAtPeriodEnd: false,
      cancelAt: cancel ? found.period.end : null,
      canceledAt: cancel ? world.now() : null,
      cancelReason: cancel ? 'cancellation_requested' : null,
    });
  return { done: cancel ? 'Your plan ends with the running period.' : 'Your plan goes on.' };
};

const act = (world: World, portal: PortalRecord, form: URLSearchParams): Said => {
  const field = (name: string): string => form.get(name) ?? '';
  switch (field('action')) {
    case 'card':
      return changeCard(world, portal, field('card'));
    case 'pay':
      return payNow(world, portal, field('invoice'));
    case 'cancel':
      return setCancel(world, portal, field('subscription'), true);
    case 'resume':
      return setCancel(world, portal, field('subscription'), false);
    default:
      return { failure: 'That cannot be done here.' };
  }
};

const gone: Shown = {
  status: 404,
  html: layout(
    'Your billing',
    html`<h1>This page is not there any more</h1><p>Open it again from the shop.</p>`,
  ),
};

const portalOf = (world: World, secret: string): PortalRecord | undefined => {
  const found = bySecret(world.state.portals, secret);
  return found && world.now() < found.created + HOUR ? found : undefined;
};

/** Where a payer minds a plan, a card and invoices. */
export const portalPage: Page = {
  path: /^\/p\/session\/(?<secret>[\w-]{1,100})$/,
  show: (world, secret) => {
    const portal = portalOf(world, secret);
    return portal ? show(world, portal) : gone;
  },
  submit: (world, secret, form) => {
    const portal = portalOf(world, secret);
    return portal ? show(world, portal, act(world, portal, form)) : gone;
  },
};
