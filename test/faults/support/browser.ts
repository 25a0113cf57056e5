import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const PATH = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium-headless-shell';

/** Undefined, said loudly, where there is no browser. */
export const browserPath = (): string | undefined => {
  if (existsSync(PATH)) return PATH;
  console.warn(
    `!!! LEFT OUT: no browser at ${PATH} (CHROMIUM_PATH names another); the pages were NOT tested in one`,
  );
  return undefined;
};

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1200, height: 800 };

export type Tab = {
  readonly page: Page;
  /** What the browser complained of: scripts, policies, requests that failed. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
};

/** A browser of somebody's own, which writes down every complaint. */
export const openTab = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> => {
  const context = await browser.newContext({ viewport: DESKTOP, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  await context.exposeFunction('complain', (text: string) => void complaints.push(`policy: ${text}`));
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => complain(event.violatedDirective + ' ' + event.blockedURI))`,
  );
  page.setDefaultTimeout(10_000);
  return { page, complaints, close: () => context.close() };
};

type Found = {
  readonly headings: number;
  readonly mains: number;
  readonly language: string;
  readonly nameless: readonly string[];
  readonly twice: readonly string[];
  readonly wider: number;
};

/** Runs in the page: what of its structure is to be judged. */
const LOOK = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = all('[id]').map(({ id }) => id);
  return {
    headings: all('h1').length,
    mains: all('main').length,
    language: document.documentElement.lang,
    nameless: [
      ...all('input:not([type=hidden]), select, textarea').filter((field) => field.labels.length === 0),
      ...all('button, a[href]').filter((control) => control.textContent.trim() === ''),
      ...all('table').filter((table) => !table.caption),
      ...all('th').filter((cell) => !cell.scope),
    ].map((element) => element.outerHTML),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
})()`;

/** One heading, one main part, a name for everything, and nothing that reaches beyond the window. */
export const expectSound = async (page: Page): Promise<void> => {
  const found = (await page.evaluate(LOOK)) as Found;
  expect({ url: page.url(), ...found }).toEqual({
    url: page.url(),
    headings: 1,
    mains: 1,
    language: 'en',
    nameless: [],
    twice: [],
    wider: 0,
  });
};

/** Presses Tab until what has the focus has this name, as somebody does who has no mouse. */
export const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let pressed = 0; pressed < 80; pressed += 1) {
    await page.keyboard.press('Tab');
    const focused = (await page.evaluate(`(() => {
      const at = document.activeElement;
      const label = at.labels && at.labels.length > 0 ? at.labels[0].textContent : at.textContent;
      const visible = at.matches(':focus-visible') && getComputedStyle(at).outlineStyle !== 'none';
      return { name: label.trim().replace(/\\s+/g, ' '), visible };
    })()`)) as { name: string; visible: boolean };
    if (!name.test(focused.name)) continue;
    expect(focused).toEqual({ name: focused.name, visible: true });
    return;
  }
  throw new Error(`Tab never reaches ${name} on ${page.url()}`);
};
