import type { Money } from '../../../domain/billing/money.js';
import type { UsageDay } from '../../../domain/billing/usage-report.js';
import { type Html, html } from '../kit/html.js';
import { money } from './kit/format.js';
import { costOf, sumOf } from './usage-words.js';

/** The drawing is stretched to whatever room there is, so nothing in it is text. */
const WIDTH = 1_200;
const HEIGHT = 240;

/** The share of a height that an amount takes, to a tenth of a unit, without a float of money. */
const heightOf = (amount: bigint, most: bigint): number =>
  most === 0n ? 0 : Number((amount * BigInt(HEIGHT) * 10n) / most) / 10;

const short = (value: number): string => String(Number(value.toFixed(2)));

type Frame = { readonly most: bigint; readonly slot: number };

const bar = ({ most, slot }: Frame, day: UsageDay, index: number): Html => {
  const below = heightOf(day.storage.amount, most);
  const above = heightOf(day.fileSystems.amount, most);
  const at = html` x="${short(index * slot + slot * 0.1)}" width="${short(slot * 0.8)}"`;
  return html`<g><title>${day.date}: ${money(costOf(day))}</title><rect class="space" x="${short(index * slot)}" width="${short(slot)}" y="0" height="${HEIGHT}"/>${
    below > 0 && html`<rect class="storage"${at} y="${short(HEIGHT - below)}" height="${short(below)}"/>`
  }${above > 0 && html`<rect class="fleet"${at} y="${short(HEIGHT - below - above)}" height="${short(above)}"/>`}</g>`;
};

const dearest = (days: readonly UsageDay[]): UsageDay | undefined =>
  days.reduce<UsageDay | undefined>(
    (most, day) => (most && costOf(most).amount >= costOf(day).amount ? most : day),
    undefined,
  );

const told = (days: readonly UsageDay[], top: UsageDay, currency: Money['currency']): string => {
  const sum = sumOf(days.map(costOf), currency);
  const range = `${days.length} days from ${days.at(0)?.date} to ${days.at(-1)?.date} cost ${money(sum)}.`;
  return sum.amount === 0n
    ? range
    : `${range} The dearest is ${top.date} with ${money(costOf(top))}. The table below has every day.`;
};

/** What each day costs, storage below and file systems on top of it: a drawing, with what it shows in words. */
export const costChart = (days: readonly UsageDay[], currency: Money['currency']): Html | undefined => {
  const top = dearest(days);
  if (!top) return undefined;
  const frame = { most: costOf(top).amount, slot: WIDTH / days.length };
  return html`<figure class="chart"><p class="scale" aria-hidden="true"><span>${money(costOf(top))}</span></p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="chart-title" aria-describedby="chart-words"><title id="chart-title">Cost of each day</title><desc id="chart-words">${told(days, top, currency)}</desc>${days.map((day, index) => bar(frame, day, index))}</svg>
<p class="scale" aria-hidden="true"><span>${days.at(0)?.date}</span><span>${days.at(-1)?.date}</span></p>
<figcaption><span class="key storage">Storage</span> <span class="key fleet">File systems</span></figcaption></figure>`;
};
