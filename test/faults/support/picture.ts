import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { DESKTOP, PHONE } from './browser.js';

const SCREENSHOTS = resolve('docs/screenshots');

/** Everything that can be seen of the pages, for the documents. Only when asked: pixels differ from machine to machine. */
export const picture = async (page: Page, name: string): Promise<void> => {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const [width, size] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ] as const) {
    await page.setViewportSize(size);
    await page.screenshot({ path: resolve(SCREENSHOTS, `${name}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize(DESKTOP);
};
