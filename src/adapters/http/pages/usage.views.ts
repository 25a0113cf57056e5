import type { AccountEntitlements } from '../../../application/entitlements/index.js';
import type { Money } from '../../../domain/billing/money.js';
import type { Granularity } from '../../../domain/billing/slots.js';
import type { UsageDay, UsageLine, UsageReport } from '../../../domain/billing/usage-report.js';
import { HOUR, iso } from '../../../domain/shared/time.js';
import { type Html, html } from '../kit/html.js';
import type { ProjectMember } from './guards.js';
import { input, type Problem, select, summary } from './kit/form.js';
import { money, shortDecimal, size } from './kit/format.js';
import type { PageParts } from './kit/layout.js';
import { address } from './kit/list.js';
import { limitsBanner } from './limits.views.js';
import { sectionsOf, storageTrail } from './parts.js';
import { containerAddress, fileSystemAddress, usageOf } from './places.js';
import { costChart } from './usage-chart.js';
import { costOf, quantityOf, sumOf } from './usage-words.js';

export type UsageView = {
  readonly member: ProjectMember;
  readonly standing: AccountEntitlements;
  readonly query: { readonly from: string; readonly to: string; readonly granularity: Granularity };
  /** Absent: there is none, for the reason that the problem tells. */
  readonly report?: UsageReport;
  readonly problem?: Problem;
};

/** A page has this many lines; the file has all. */
const MOST_LINES = 200;

const BY = [
  { value: 'day', label: 'Day' },
  { value: 'hour', label: 'Hour (31 days at most)' },
];

const form = ({ member, query, problem }: UsageView): Html => {
  const day = (name: 'from' | 'to', label: string) =>
    input({ name, label, type: 'date', value: query[name], problem });
  return html`<section class="card" aria-labelledby="range"><h2 id="range">Range</h2>
<form method="get" action="${usageOf(member.account.id)}" class="fields">${day('from', 'From')}${day('to', 'To')}
${select({ name: 'granularity', label: 'Lines by', options: BY, value: query.granularity, problem })}
<button>Show</button></form><p class="hint">Days are those of UTC, and both belong to the range.</p></section>`;
};

const total = (name: string, value: Html | string): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const totals = ({ buckets, fileSystems, days, currency }: UsageReport): Html => {
  const bytes = buckets.reduce((sum, bucket) => sum + bucket.bytes, 0);
  const objects = buckets.reduce((sum, bucket) => sum + bucket.objects, 0);
  const running = fileSystems.filter(({ runningMs }) => runningMs > 0);
  const hours = running.reduce((sum, { runningMs }) => sum + runningMs, 0) / HOUR;
  const sum = (pick: (day: UsageDay) => Money) => money(sumOf(days.map(pick), currency));
  return html`<section class="card" aria-labelledby="totals"><h2 id="totals">Totals</h2><dl class="totals">
${total('Cost of the range', html`<strong>${sum(costOf)}</strong>`)}${total(
  'Storage of that',
  sum(({ storage }) => storage),
)}${total(
  'File systems of that',
  sum((day) => day.fileSystems),
)}
${total('Stored now', `${size(bytes)} in ${objects} ${objects === 1 ? 'file' : 'files'}`)}${total(
  'Running now',
  `${running.length} file ${running.length === 1 ? 'system' : 'systems'}${running.length > 0 ? `, for ${hours.toFixed(1)} hours in all` : ''}`,
)}</dl></section>`;
};

const dayRow = (day: UsageDay): Html =>
  html`<tr><th scope="row"><time datetime="${day.date}">${day.date}</time></th><td class="sum wide">${size(Number(day.averageBytes))}</td><td class="sum">${money(day.storage)}</td><td class="sum">${money(day.fileSystems)}</td><td class="sum wide">${money(costOf(day))}</td></tr>`;

const perDay = ({ days, currency }: UsageReport): Html =>
  html`<section class="card" aria-labelledby="days"><h2 id="days">Cost per day</h2>${costChart(days, currency)}
<div class="scroll" tabindex="0" role="region" aria-label="Cost of each day, as a table"><table><caption>What each day costs</caption>
<thead><tr><th scope="col">Day</th><th scope="col" class="sum wide">Stored on average</th><th scope="col" class="sum">Storage</th><th scope="col" class="sum">File systems</th><th scope="col" class="sum wide">In all</th></tr></thead>
<tbody>${days.map(dayRow)}</tbody></table></div></section>`;

const KINDS = { storage: 'Storage', filesystem: 'File system' } as const;

/** What is there still has a page of its own. */
const resource = (project: string, report: UsageReport, { kind, resourceId: id, label }: UsageLine): Html => {
  const known = kind === 'storage' ? report.buckets : report.fileSystems;
  const href =
    kind === 'storage' ? containerAddress(project, { kind: 'bucket', id }) : fileSystemAddress(project, id);
  return known.some((one) => one.id === id)
    ? html`<a href="${href}"><bdi>${label}</bdi></a>`
    : html`<bdi>${label}</bdi>`;
};

const moment = ({ date, hour }: UsageLine): Html =>
  hour === undefined
    ? html`<time datetime="${date}">${date}</time>`
    : html`<time datetime="${iso(hour)}">${date}</time> ${iso(hour).slice(11, 16)}`;

const quantity = ({ amount, unit }: UsageLine): string => {
  const count = quantityOf(amount, unit);
  return `${count} ${unit.name}${count === '1' ? '' : 's'}`;
};

const lineRow = (project: string, report: UsageReport, line: UsageLine): Html =>
  html`<tr><td>${moment(line)}</td><td class="wide">${KINDS[line.kind]}</td><th scope="row">${resource(project, report, line)}</th><td class="sum wide">${quantity(line)}</td><td class="sum wide">${shortDecimal(line.price.micros, 6)}</td><td class="sum">${money(line.cost)}</td></tr>`;

const lines = ({ member, query }: UsageView, report: UsageReport): Html => {
  const file = address(`${usageOf(member.account.id)}.csv`, query);
  const shown = report.lines.slice(0, MOST_LINES);
  return html`<section class="card" aria-labelledby="lines"><h2 id="lines">Lines</h2>
<p><a href="${file}" download>Download all lines as CSV</a></p>${
    shown.length === 0
      ? html`<p>Nothing was used in this range.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="All lines, as a table"><table><caption>${
          shown.length < report.lines.length
            ? `The first ${shown.length} of ${report.lines.length} lines; the file has all`
            : 'What was used, and what it costs'
        }</caption>
<thead><tr><th scope="col">When</th><th scope="col" class="wide">Kind</th><th scope="col">What</th><th scope="col" class="sum wide">Quantity</th><th scope="col" class="sum wide">Price of one (${report.currency.toUpperCase()})</th><th scope="col" class="sum">Cost</th></tr></thead>
<tbody>${shown.map((line) => lineRow(member.account.id, report, line))}</tbody></table></div>`
  }</section>`;
};

export const usageView = (view: UsageView): PageParts => {
  const { member, report, problem } = view;
  return {
    title: `${problem ? 'Error: ' : ''}Usage of ${member.account.name}`,
    csrf: member.csrf,
    trail: [...storageTrail(member), { name: 'Usage', href: usageOf(member.account.id) }],
    sections: sectionsOf(member, 'usage'),
    main: html`<h1>Usage of <bdi>${member.account.name}</bdi></h1>
${summary(problem)}${limitsBanner(member, view.standing)}${form(view)}${report && html`${totals(report)}${perDay(report)}${lines(view, report)}`}`,
  };
};
