import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { freshEmail, PASSWORD } from '../../support/client.js';
import { expectSound, launch, openTab, type Tab } from './browser.js';

export const MIB = 1024 * 1024;

export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
export const link = (page: Page, name: string | RegExp) => page.getByRole('link', { name });
export const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
});

export const makeProject = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel('Name').fill(name);
  await button(page, 'Create project').click();
  await page.getByRole('heading', { name: `Storage of ${name}` }).waitFor();
};
export const makeBucket = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel('Name').fill(name);
  await button(page, 'Create bucket').click();
  await link(page, name).first().click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
};

/** A server that takes files of up to 32 MiB, and a browser; at the end of each test it has nothing to complain of. */
export const browserStage = (path: string) => {
  let app: TestApp;
  let browser: Browser;
  let tab: Tab | undefined;
  beforeAll(async () => {
    app = await startApp({ environment: { MAX_OBJECT_BYTES: String(32 * MIB) } });
    browser = await launch(path);
  });
  afterEach(async () => {
    const complaints = tab?.complaints ?? [];
    await tab?.close();
    tab = undefined;
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    tab = await openTab(browser, options);
    return tab.page;
  };
  /** What the browser complained of so far; told once. */
  const complaints = (): readonly string[] => tab?.complaints.splice(0) ?? [];
  const go = (page: Page, address: string) => page.goto(app.url + address);
  /** Answers the address that was signed up. */
  const signUp = async (page: Page): Promise<string> => {
    const email = freshEmail();
    await go(page, '/sign-up');
    await expectSound(page);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Sign up').click();
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor();
    return email;
  };
  /** Signed up, in a new bucket of this name. */
  const ready = async (page: Page, name: string): Promise<void> => {
    await signUp(page);
    await makeProject(page, 'A project');
    await makeBucket(page, name);
  };
  return { open, complaints, go, signUp, ready, app: () => app };
};
