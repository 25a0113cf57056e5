import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTURES } from '../contract/http/tenantpilot.postures.js';
import { promote } from '../contract/http/tenantpilot.rig.js';
import { startApp, type TestApp } from '../support/app.js';
import { clientOf, PASSWORD, type Person, person } from '../support/client.js';
import { readZip } from '../support/zip.js';
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
import { button, link } from './support/browser-stage.js';
import { contactSheet, type Shot, shot } from './support/contact-sheet.js';

const path = browserPath();
const SETTINGS = '/admin/settings/workspace';
const STATES = {
  trial: 'Trial',
  active: 'Active',
  past_due: 'Past due',
  cancel_at_period_end: 'Cancels at period end',
  ended: 'Ended',
} as const;
const DATES = [
  ['trial_ends_at', 'Trial ends'],
  ['current_period_starts_at', 'Period starts'],
  ['current_period_ends_at', 'Period ends'],
] as const;

/** In the window of a phone as well as in a large one. */
const expectSoundAnywhere = async (page: Page): Promise<void> => {
  await page.setViewportSize(PHONE);
  await expectSound(page);
  await page.setViewportSize(DESKTOP);
  await expectSound(page);
};

describe.runIf(path)('workspaces in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let admin: Person;
  let owner: Person;
  const tabs: Tab[] = [];
  const looks = { system: [], settings: [], onboarding: [], packs: [], phone: [] } as {
    readonly [Sheet in 'system' | 'settings' | 'onboarding' | 'packs' | 'phone']: Shot[];
  };
  beforeAll(async () => {
    app = await startApp();
    browser = await launch(path ?? '');
    const call = clientOf(app);
    [admin, owner] = [await person(call), await person(call)];
    await promote(app, admin, { platformAdmin: true });
    await call('POST /v1/projects', { token: owner.token, json: { name: 'Contoso & Söhne' } });
  });
  afterAll(async () => {
    const studio = await browser.newPage();
    for (const [name, shots] of Object.entries(looks))
      await contactSheet(studio, `tenantpilot-${name}`, shots, name === 'phone' ? 260 : 420);
    await studio.close();
    await browser?.close();
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  /** A browser of somebody's own, led from the page they want through the door and back to it. */
  const enter = async (
    { email }: Person,
    address: string,
    options?: BrowserContextOptions,
  ): Promise<Page> => {
    const tab = await openTab(browser, options);
    tabs.push(tab);
    const { page } = tab;
    await page.goto(app.url + address);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Sign in').click();
    await page.waitForURL(app.url + address);
    return page;
  };
  const expectNoComplaints = (): void => expect(tabs.flatMap(({ complaints }) => complaints)).toEqual([]);

  /** Writes a record through the form: what will be is shown first, and written when it is confirmed. */
  const write = async (
    page: Page,
    command: (typeof POSTURES)[number]['command'],
    shown = async (): Promise<void> => {},
  ): Promise<void> => {
    if (!command) return;
    await page.getByLabel('State', { exact: true }).selectOption(STATES[command.state]);
    for (const [field, label] of DATES)
      if (field in command) await page.getByLabel(label).fill(String(Object(command)[field]).slice(0, 16));
    await page.getByLabel('Reason', { exact: true }).fill(command.status_reason);
    await button(page, 'Review the change').click();
    await page.getByRole('columnheader', { name: 'Then' }).waitFor();
    await expectSoundAnywhere(page);
    await shown();
    await button(page, 'Confirm').click();
    await page.getByText('The subscription record is written.').waitFor();
  };

  it('show each posture on each of their three pages, as it was confirmed in two steps', async () => {
    const platform = await enter(admin, '/system/directory/workspaces');
    await expectSoundAnywhere(platform);
    await link(platform, 'Contoso & Söhne').click();
    const workspace = await enter(owner, SETTINGS);
    for (const { name, command, label } of POSTURES) {
      await write(platform, command, async () => {
        if (name !== 'past due') return;
        await platform.setViewportSize(PHONE);
        looks.phone.push(await shot(platform, 'a change, before it is confirmed'));
        await platform.setViewportSize(DESKTOP);
      });
      await platform.locator('.facts .pill', { hasText: label }).waitFor();
      await expectSoundAnywhere(platform);
      looks.system.push(await shot(platform, name));
      await workspace.goto(app.url + SETTINGS);
      await workspace.locator('.facts .pill', { hasText: label }).waitFor();
      await expectSoundAnywhere(workspace);
      looks.settings.push(await shot(workspace, name));
      await link(workspace, 'Onboarding').click();
      await workspace.locator('.facts .pill', { hasText: label }).waitFor();
      await expectSoundAnywhere(workspace);
      looks.onboarding.push(await shot(workspace, name));
      const open = name === 'ended' ? 0 : 1;
      expect(await link(workspace, 'Complete the onboarding').count()).toBe(open);
    }
    await workspace.setViewportSize(PHONE);
    looks.phone.push(await shot(workspace, 'onboarding'));
    await workspace.goto(app.url + SETTINGS);
    looks.phone.push(await shot(workspace, 'settings'));
    expectNoComplaints();
  });

  it('make no pack while they are suspended, and say why', async () => {
    const page = await enter(owner, '/admin/review-packs');
    await expectSoundAnywhere(page);
    await button(page, 'Generate a pack').click();
    await page.getByText('This is not possible now.').waitFor();
    expect(await button(page, 'Confirm').count()).toBe(0);
    await expectSoundAnywhere(page);
    await link(page, 'Go back').click();
    await page.getByText('There are none yet.').waitFor();
    expectNoComplaints();
  });

  it('are brought back to life, onboarded, and give out a pack, by the keyboard and without any script', async () => {
    const platform = await enter(admin, '/system/directory/workspaces');
    await link(platform, 'Contoso & Söhne').click();
    await write(platform, POSTURES[2].command);
    const page = await enter(owner, '/admin/review-packs', { javaScriptEnabled: false });
    const press = async (name: RegExp): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.press('Enter');
    };
    await press(/^Onboarding$/);
    await page.getByRole('heading', { name: /^Onboarding of/ }).waitFor();
    await press(/^Complete the onboarding$/);
    await page.getByText('That is for good.').waitFor();
    await expectSoundAnywhere(page);
    await press(/^Confirm$/);
    await page.getByText('The onboarding is complete.').waitFor();
    await press(/^Review packs$/);
    await page.getByRole('heading', { name: 'Review packs' }).waitFor();
    await press(/^Generate a pack$/);
    await page.getByText('It covers').waitFor();
    looks.packs.push(await shot(page, 'asked for'));
    await expectSoundAnywhere(page);
    await press(/^Confirm$/);
    await page.getByText('It is being made.').waitFor();
    await app.drain();
    await press(/^Look again$/);
    await link(page, 'Download').waitFor();
    looks.packs.push(await shot(page, 'made'));
    await expectSoundAnywhere(page);
    const [download] = await Promise.all([page.waitForEvent('download'), press(/^Download$/)]);
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    const { entries } = readZip(await readFile(await download.path()));
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['usage.csv', 'audit.csv']));
    await press(/^Review packs$/);
    await page.getByRole('heading', { name: 'Review packs' }).waitFor();
    looks.packs.push(await shot(page, 'all of them'));
    await press(/^Reviews$/);
    await page.getByRole('heading', { name: 'Reviews', level: 1 }).waitFor();
    await expectSoundAnywhere(page);
    expectNoComplaints();
  });

  it('are chosen where there are several, and what is nobody’s is not there', async () => {
    const call = clientOf(app);
    await call('POST /v1/projects', { token: owner.token, json: { name: 'Fabrikam' } });
    const tab = await openTab(browser);
    const { page } = tab;
    await page.goto(`${app.url}/admin/onboarding`);
    await page.getByLabel('E-mail address').fill(owner.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Sign in').click();
    await page.getByRole('heading', { name: 'Workspaces' }).waitFor();
    await expectSoundAnywhere(page);
    await button(page, 'Work here Fabrikam').click();
    await page.getByRole('heading', { name: 'Onboarding of Fabrikam' }).waitFor();
    await page.goto(`${app.url}/system/directory/workspaces`);
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    await expectSoundAnywhere(page);
    expect(tab.complaints).toEqual([expect.stringContaining('status of 404')]);
  });
});
