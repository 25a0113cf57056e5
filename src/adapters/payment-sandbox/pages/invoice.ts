import { dayText, moneyText } from '../billing/words.js';
import { html, layout } from './html.js';
import { bySecret, type Page, type Shown } from './page.js';

const gone: Shown = { status: 404, html: layout('Invoice', html`<h1>There is no such invoice</h1>`) };

/** An invoice as its customer sees it. */
export const invoicePage: Page = {
  path: /^\/i\/(?<secret>[\w-]{1,100})$/,
  show: (world, secret) => {
    const invoice = bySecret(world.state.invoices, secret);
    if (invoice === undefined) return gone;
    const { currency } = invoice;
    const lines = invoice.lines.map(
      ({ description, amount }) =>
        html`<tr><td>${description}</td><td>${moneyText(amount, currency)}</td></tr>`,
    );
    return {
      status: 200,
      html: layout(
        `Invoice ${invoice.number}`,
        html`<h1>Invoice ${invoice.number}</h1>
<p>${dayText(invoice.created)}, ${invoice.status}</p>
<table>
<thead><tr><th scope="col">Item</th><th scope="col">Amount</th></tr></thead>
<tbody>${lines}</tbody>
<tfoot><tr><th scope="row">Due</th><td>${moneyText(invoice.amountDue, currency)}</td></tr></tfoot>
</table>`,
      ),
    };
  },
  submit: () => gone,
};
