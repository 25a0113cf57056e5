import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshEmail, PASSWORD } from '../support/client.js';
import {
  browserPath,
  DESKTOP,
  expectSound,
  launch,
  openTab,
  PHONE,
  type Tab,
  tabTo,
} from './support/browser.js';
import { button, link, makeProject } from './support/browser-stage.js';
import { picture } from './support/picture.js';
import { cleanUp, dataDirectory, type Program, startProgram } from './support/server.js';

const path = browserPath();
const PAYS = '4242 4242 4242 4242';
const DECLINED = '4000 0000 0000 0002';
const KEPT_BUT_NEVER_CHARGED = '4000 0000 0000 0341';
const BILLING = 'Billing of Photo library';

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, level: 1 }).waitFor();
const rowsOf = (page: Page) => page.locator('[aria-labelledby=invoices] tbody tr');
const payWith = async (page: Page, card: string, verb: string): Promise<void> => {
  await page.getByLabel('Card number').fill(card);
  await button(page, verb).click();
};
/** In the window of a phone as well as in a large one. */
const expectSoundAnywhere = async (page: Page): Promise<void> => {
  await page.setViewportSize(PHONE);
  await expectSound(page);
  await page.setViewportSize(DESKTOP);
  await expectSound(page);
};
/** What the preview says will be charged. */
const charged = async (page: Page): Promise<string> => {
  const text = await page.getByText('will be charged now').textContent();
  return /([\d,.]+ USD) will be charged now/.exec(text ?? '')?.[1] ?? 'nothing';
};

describe.runIf(path)('paying in a browser', () => {
  let program: Program;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    program = await startProgram({ TOLLHOUSE_DATA_DIR: await dataDirectory() });
    browser = await launch(path ?? '');
    tab = await openTab(browser);
  });
  afterAll(async () => {
    await browser?.close();
    await cleanUp();
  });
  const complaints = (): readonly string[] => tab.complaints.splice(0);
  const expectDeclined = (): void => expect(complaints()).toEqual([expect.stringContaining('status of 402')]);

  it('leads from the prices to a page of the processor, and back to a plan that is active once it was paid for', async () => {
    const { page } = tab;
    await page.goto(`${program.origin}/pricing`);
    await page.getByText('19.00 USD a month').waitFor();
    await expectSoundAnywhere(page);
    await picture(page, 'pricing');
    await link(page, 'Sign up').click();
    await page.getByLabel('E-mail address').fill(freshEmail());
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Sign up').click();
    await makeProject(page, 'Photo library');
    await link(page, 'Billing').click();
    await page.getByText('This project has no subscription.').waitFor();
    await expectSoundAnywhere(page);
    await picture(page, 'billing-none');
    await button(page, 'Subscribe Starter, 19.00 USD a month').click();
    await heading(page, 'Checkout');
    expect(new URL(page.url()).origin).not.toBe(program.origin);
    await link(page, 'Cancel and go back').click();
    await page.getByText('Nothing was paid, and nothing is changed.').waitFor();
    await button(page, 'Subscribe Starter, 19.00 USD a month').click();
    await payWith(page, DECLINED, 'Subscribe');
    await page.getByRole('alert').waitFor();
    expectDeclined();
    await payWith(page, PAYS, 'Subscribe');
    await heading(page, BILLING);
    await page.getByText('Thank you.').waitFor();
    const isPaidFor = async (): Promise<number> => {
      await page.reload();
      return page.getByText('It is paid for.').count();
    };
    await expect.poll(isPaidFor, { timeout: 15_000 }).toBe(1);
    await expectSoundAnywhere(page);
    expect(await rowsOf(page).allTextContents()).toEqual([
      expect.stringMatching(/New subscription.*paid.*19\.00 USD/),
    ]);
    expect(complaints()).toEqual([]);
  });

  it('charges for a change what its preview said', async () => {
    const { page } = tab;
    await link(page, 'Change to it Team, 49.00 USD a month').click();
    await heading(page, 'Change to Team');
    await expectSoundAnywhere(page);
    await picture(page, 'plan-change');
    const amount = await charged(page);
    expect(amount).toMatch(/^\d\d\.\d\d USD$/);
    await button(page, 'Change the plan').click();
    await page.getByText('The plan is changed.').waitFor();
    await page.getByText('49.00 USD a month This is yours.').waitFor();
    await picture(page, 'billing');
    expect(await rowsOf(page).first().textContent()).toMatch(new RegExp(`Change of plan.*paid.*${amount}$`));
    expect(complaints()).toEqual([]);
  });

  it('is cancelled and resumed by the keyboard alone', async () => {
    const { page } = tab;
    const press = async (name: RegExp): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.press('Enter');
    };
    await press(/^Cancel subscription$/);
    await heading(page, 'Cancel subscription');
    await expectSoundAnywhere(page);
    await press(/^Keep it$/);
    await heading(page, BILLING);
    await press(/^Cancel subscription$/);
    await heading(page, 'Cancel subscription');
    await press(/^Cancel subscription$/);
    await page.getByText('The subscription ends with the period that is paid for.').waitFor();
    await expectSoundAnywhere(page);
    await press(/^Resume$/);
    await page.getByText('The subscription goes on.').waitFor();
    expect(complaints()).toEqual([]);
  });

  it('leads to the cards and back, from the page of a payment that was declined as well', async () => {
    const { page } = tab;
    await button(page, 'Cards and invoices').click();
    await heading(page, 'Your billing');
    await payWith(page, KEPT_BUT_NEVER_CHARGED, 'Change card');
    await page.getByText('Your card is changed.').waitFor();
    await link(page, 'Return to the shop').click();
    await heading(page, BILLING);
    await link(page, 'Change to it Team, 490.00 USD a year').click();
    await button(page, 'Change the plan').click();
    await page.getByText('The payment was declined, and nothing was changed.').waitFor();
    expectDeclined();
    expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('alert');
    await expectSoundAnywhere(page);
    await page.getByText('49.00 USD a month This is yours.').waitFor();
    await button(page, 'Cards and invoices').click();
    await payWith(page, PAYS, 'Change card');
    await page.getByText('Your card is changed.').waitFor();
    await link(page, 'Return to the shop').click();
    await heading(page, BILLING);
    expect(complaints()).toEqual([]);
  });
});
