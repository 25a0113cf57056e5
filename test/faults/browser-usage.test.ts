import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPath, DESKTOP, expectSound, PHONE, tabTo } from './support/browser.js';
import { browserStage, button, link } from './support/browser-stage.js';
import { usedFor } from './support/usage.js';

const path = browserPath();

type Drawn = {
  readonly width: number;
  readonly height: number;
  readonly bars: number;
  readonly highest: number;
};
/** Runs in the page: what of the chart is really to be seen, in pixels. */
const CHART = `(() => {
  const svg = document.querySelector('.chart svg').getBoundingClientRect();
  const bars = [...document.querySelectorAll('.chart g')].map((day) =>
    [...day.querySelectorAll('rect:not(.space)')].map((bar) => bar.getBoundingClientRect()));
  const heights = bars.map((parts) => parts.reduce((sum, { height }) => sum + height, 0));
  return { width: svg.width, height: svg.height, bars: bars.length, highest: Math.max(...heights) };
})()`;

describe.runIf(path)('usage in a browser', () => {
  const { open, complaints, ready, app } = browserStage(path ?? '');
  const used = async (page: Page, name: string): Promise<void> => {
    await ready(page, name);
    const [, project = '', bucket = ''] = /projects\/([^/]+)\/storage\/b\/([^/?]+)/.exec(page.url()) ?? [];
    await usedFor(app(), project, bucket);
    await link(page, 'Usage').click();
    await page.getByRole('heading', { name: /^Usage of/ }).waitFor();
  };

  it.each([PHONE, DESKTOP])('is drawn into a window of $width pixels, day by day', async (viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ viewport, colorScheme, javaScriptEnabled: colorScheme === 'light' });
      await used(page, `drawn-${viewport.width}-${colorScheme}`);
      await expectSound(page);
      const drawn = (await page.evaluate(CHART)) as Drawn;
      expect(drawn.bars).toBe(30);
      expect(drawn.width).toBeGreaterThan(viewport.width * 0.75);
      expect(drawn.highest).toBeGreaterThan(drawn.height * 0.95);
      const image = page.getByRole('img', { name: 'Cost of each day' });
      expect(await image.count()).toBe(1);
      await page.getByRole('rowheader', { name: '2026-01-15' }).first().waitFor();
      await page.context().close();
    }
  });

  it('is chosen and read by the keyboard alone', async () => {
    const page = await open();
    await used(page, 'by-keys');
    await tabTo(page, /^From$/);
    await page.keyboard.type('01/10/2026');
    await tabTo(page, /^To$/);
    await page.keyboard.type('01/12/2026');
    await tabTo(page, /^Lines by/);
    await page.keyboard.press('End');
    await tabTo(page, /^Show$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=2026-01-10&to=2026-01-12&granularity=hour/);
    expect(await page.locator('[aria-labelledby=days] tbody tr').count()).toBe(3);
    await page.getByText('3 days from 2026-01-10 to 2026-01-12').waitFor({ state: 'attached' });
    const saved = page.waitForEvent('download');
    await tabTo(page, /^Download all lines as CSV$/);
    await page.keyboard.press('Enter');
    const file = await saved;
    expect(file.suggestedFilename()).toBe('usage-2026-01-10-2026-01-12.csv');
    const rows = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
    expect(rows.length - 1).toBeGreaterThan(72);
  });

  it('says what is wrong with a range, and puts the focus there', async () => {
    const page = await open();
    await used(page, 'wrong-range');
    await page.getByLabel('From', { exact: true }).fill('2026-01-14');
    await page.getByLabel('To', { exact: true }).fill('2026-01-10');
    await button(page, 'Show').click();
    await link(page, 'The first day must not come after the last one.').click();
    expect(complaints()).toEqual([expect.stringContaining('status of 400')]);
    expect(await page.evaluate(`document.activeElement.id`)).toBe('from');
    await expectSound(page);
  });
});
