import { expect, it } from 'vitest';
import { DAY, HOUR, instant, iso, plus } from '../../../src/domain/shared/time.js';
import { NOW } from '../../support/app.js';
import { clientOf } from '../../support/client.js';
import { type Open, onStage, type Stage } from './pages.rig.js';
import { formTo, linkTo, type Page } from './pages.surfer.js';
import { GB, type Meters, meters } from './usage.rig.js';

const day = (date: string) => instant(Date.parse(`${date}T00:00:00Z`));
/** A cent for a gigabyte's day. */
const CENT = 10_000n;

const cellsOf = (row: string): readonly string[] =>
  [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
    cell.replaceAll(/<[^>]*>/g, '').trim(),
  );
/** The cells of the body of the table with this caption, row by row. */
const tableOf = (page: Page, caption: string): readonly (readonly string[])[] => {
  const [, table = ''] = new RegExp(`<caption>${caption}(.*?)</table>`, 's').exec(page.text) ?? [];
  const [, body = ''] = /<tbody>(.*?)<\/tbody>/s.exec(table) ?? [];
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => cellsOf(row));
};
const factsOf = (page: Page): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...page.text.matchAll(/<div><dt>(.*?)<\/dt><dd>(.*?)<\/dd>/gs)].map(([, name, value = '']) => [
      name,
      value.replaceAll(/<[^>]*>/g, ''),
    ]),
  );

/** What was used, as people see it. */
export const usagePageScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  let meter: Meters;
  onStage(open, answered, (stage) => {
    on = stage;
    meter = meters(on.app, clientOf(on.app), on.here.owner.token);
  });
  const usage = (id: string, query = '') => on.owner.get(`/app/projects/${id}/usage${query}`);

  it('show today and the days before, when nothing was used and nothing is asked for', async () => {
    const id = await meter.project();
    const page = await usage(id);
    expect(page.status).toBe(200);
    const { fields } = formTo(page, /\/usage$/);
    expect(fields).toMatchObject({ from: '2025-12-17', to: '2026-01-15' });
    const rows = tableOf(page, 'What each day costs');
    expect(rows.map(([date]) => date)).toEqual(
      Array.from({ length: 30 }, (_, n) => iso(plus(NOW, (n - 29) * DAY)).slice(0, 10)),
    );
    expect(rows.at(-1)).toEqual(['2026-01-15', '0 bytes', '0.00 USD', '0.00 USD', '0.00 USD']);
    expect(page.text).toContain('Nothing was used in this range.');
    expect(page.text).toContain('30 days from 2025-12-17 to 2026-01-15 cost 0.00 USD.');
    expect(factsOf(page)).toMatchObject({
      'Cost of the range': '0.00 USD',
      'Stored now': '0 bytes in 0 files',
    });
  });

  it('show money in whole units of the currency, to the cent, in totals, table, chart and lines alike', async () => {
    await meter.priced(CENT, day('2026-01-01'));
    const id = await meter.project();
    const bucket = await meter.bucket(id, '<photos>'.replaceAll(/[<>]/g, ''));
    await meter.change(bucket, day('2026-01-10'), { bytes: 123_456 * GB, objects: 7 });
    await meter.change(bucket, plus(day('2026-01-11'), 12 * HOUR), { bytes: -123_406 * GB, objects: -2 });
    const fileSystem = await meter.fileSystem(id, { status: 'running' });
    await meter.ran(fileSystem, day('2026-01-11'), plus(day('2026-01-11'), 90 * 60_000));
    const page = await usage(id, '?from=2026-01-09&to=2026-01-12');
    expect(tableOf(page, 'What each day costs')).toEqual([
      ['2026-01-09', '0 bytes', '0.00 USD', '0.00 USD', '0.00 USD'],
      ['2026-01-10', '112 TiB', '1,234.56 USD', '0.00 USD', '1,234.56 USD'],
      ['2026-01-11', '56 TiB', '617.53 USD', '0.11 USD', '617.64 USD'],
      ['2026-01-12', '47 GiB', '0.50 USD', '0.00 USD', '0.50 USD'],
    ]);
    expect(factsOf(page)).toMatchObject({
      'Cost of the range': '1,852.70 USD',
      'Storage of that': '1,852.59 USD',
      'File systems of that': '0.11 USD',
      'Stored now': '47 GiB in 5 files',
    });
    expect(page.text).toContain('The dearest is 2026-01-10 with 1,234.56 USD.');
    expect(page.text).toContain('<title>2026-01-11: 617.64 USD</title>');
    expect(tableOf(page, 'What was used')).toEqual([
      ['2026-01-10', 'Storage', 'photos', '123456 GB-days', '0.01', '1,234.56 USD'],
      ['2026-01-11', 'Storage', 'photos', '61753 GB-days', '0.01', '617.53 USD'],
      ['2026-01-11', 'File system', 'local/local.standard', '1.5 instance-hours', '0.07', '0.11 USD'],
      ['2026-01-12', 'Storage', 'photos', '50 GB-days', '0.01', '0.50 USD'],
    ]);
    expect(linkTo(page, /\/storage\/b\//)).toContain(bucket.id);
    expect(linkTo(page, /\/file-systems\/./)).toContain(fileSystem.id);
  });

  it('draw each day as high as it costs, with words for those who do not see it', async () => {
    await meter.priced(CENT, day('2026-01-01'));
    const id = await meter.project();
    const bucket = await meter.bucket(id, 'drawn');
    await meter.change(bucket, day('2026-01-10'), { bytes: 400 * GB, objects: 1 });
    await meter.change(bucket, day('2026-01-11'), { bytes: -300 * GB, objects: 0 });
    const { text } = await usage(id, '?from=2026-01-10&to=2026-01-11');
    const [, svg = ''] = /(<svg.*<\/svg>)/s.exec(text) ?? [];
    expect(svg).toMatch(/role="img" aria-labelledby="chart-title" aria-describedby="chart-words"/);
    expect(svg).toMatch(
      /<title id="chart-title">Cost of each day<\/title><desc id="chart-words">2 days from/,
    );
    const bars = [
      ...svg.matchAll(/class="storage" x="([\d.]+)" width="([\d.]+)" y="([\d.]+)" height="([\d.]+)"/g),
    ];
    expect(bars.map(([, ...numbers]) => numbers.map(Number))).toEqual([
      [60, 480, 0, 240],
      [660, 480, 180, 60],
    ]);
  });

  it('give all lines as a file, exact to the last digit, and split them by the hour when asked', async () => {
    await meter.priced(CENT, day('2026-01-01'));
    const id = await meter.project();
    const bucket = await meter.bucket(id, 'hourly');
    await meter.change(bucket, day('2026-01-14'), { bytes: 10 * GB, objects: 1 });
    const page = await usage(id, '?from=2026-01-14&to=2026-01-14&granularity=hour');
    expect(tableOf(page, 'What was used')).toHaveLength(24);
    expect(tableOf(page, 'What was used')[13]?.[0]).toBe('2026-01-14 13:00');
    const file = await on.owner.get(linkTo(page, /usage\.csv/));
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(file.headers.get('content-disposition')).toBe(
      'attachment; filename="usage-2026-01-14-2026-01-14.csv"',
    );
    const [header, ...rows] = file.text.trimEnd().split('\r\n');
    expect(header).toBe('date,hour,kind,resource,resource_id,quantity,unit,unit_price,cost,currency');
    expect(rows).toHaveLength(24);
    expect(rows[0]).toBe(
      `2026-01-14,2026-01-14T00:00:00.000Z,storage,hourly,${bucket.id},0.4167,GB-day,0.01,0.00,usd`,
    );
    const cents = rows.reduce((sum, row) => sum + Number(row.split(',')[8]?.replace('.', '')), 0);
    expect(cents).toBe(10);
    const members = await on.member.get(`/app/projects/${on.here.projectId}/usage.csv`);
    expect(members.status).toBe(200);
  });

  it('show the first 200 lines of a long report, and say that the file has all', async () => {
    const id = await meter.project();
    const bucket = await meter.bucket(id, 'long');
    await meter.change(bucket, day('2026-01-01'), { bytes: GB, objects: 1 });
    const page = await usage(id, '?from=2026-01-01&to=2026-01-15&granularity=hour');
    expect(page.text).toContain('The first 200 of 348 lines; the file has all');
    expect(tableOf(page, 'The first 200')).toHaveLength(200);
  });

  it('say what is wrong with a range, beside its field, and keep what was typed', async () => {
    const id = await meter.project();
    for (const [query, field, words] of [
      ['from=2026-01-10&to=2026-01-09', 'from', 'must not come after the last one'],
      ['from=x&to=2026-01-09', 'from', 'Write the day like 2026-01-31.'],
      ['from=2026-02-31&to=2026-03-01', 'from', 'Write the day like 2026-01-31.'],
      ['from=2026-01-10&to=9', 'to', 'Write the day like 2026-01-31.'],
      ['from=2025-01-01&to=2026-01-09', 'from', 'at most 366 days'],
      ['from=2025-12-01&to=2026-01-09&granularity=hour', 'from', 'at most 31 days'],
    ] as const) {
      const page = await usage(id, `?${query}`);
      expect([query, page.status, page.text]).toEqual([query, 400, expect.stringContaining(words)]);
      expect(page.text).toMatch(new RegExp(`id="${field}"[^>]* aria-invalid="true"`));
      const { from, to, granularity = 'day' } = Object.fromEntries(new URLSearchParams(query));
      expect(formTo(page, /\/usage$/).fields).toMatchObject({ from, to });
      expect(page.text).toContain(`<option value="${granularity}" selected>`);
      expect(page.text).toContain('<title>Error: ');
      expect((await on.owner.get(`/app/projects/${id}/usage.csv?${query}`)).status).toBe(400);
    }
    expect((await usage(id, '?from=2025-01-10&to=2026-01-10')).status).toBe(200);
    expect((await usage(id, '?granularity=week')).status).toBe(400);
  });
};
