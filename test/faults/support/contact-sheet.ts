import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';

/** One look at a page, and what it shows. */
export type Shot = { readonly name: string; readonly image: Buffer };

const COLUMNS = 3;

/** Keeps how a page looks now, for a sheet. */
export const shot = async (page: Page, name: string): Promise<Shot> => ({
  name,
  image: await page.screenshot({ fullPage: true }),
});

/** All looks of one page as one picture, for the documents. Only when asked: pixels differ from machine to machine. */
export const contactSheet = async (
  page: Page,
  name: string,
  shots: readonly Shot[],
  cell = 420,
): Promise<void> => {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  const directory = resolve('docs/screenshots');
  await mkdir(directory, { recursive: true });
  const cells = shots.map(
    (one) =>
      `<figure><figcaption>${one.name}</figcaption><img src="data:image/png;base64,${one.image.toString('base64')}"></figure>`,
  );
  await page.setViewportSize({ width: COLUMNS * (cell + 16) + 16, height: 100 });
  await page.setContent(`<!doctype html><style>
    body { margin: 16px; display: grid; grid-template-columns: repeat(${COLUMNS}, ${cell}px); gap: 16px; align-items: start; background: #889; font: 16px sans-serif; }
    figure { margin: 0; } figcaption { color: #fff; padding: 2px 0; } img { width: ${cell}px; display: block; }
  </style>${cells.join('')}`);
  await page.screenshot({ path: resolve(directory, `${name}.png`), fullPage: true });
};
