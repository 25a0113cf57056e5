import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { settle } from '../contract/http/fleet.rig.js';
import { browserPath, expectSound, tabTo } from './support/browser.js';
import { browserStage, button, link, makeProject } from './support/browser-stage.js';

const path = browserPath();

const idIn = (page: Page): string => /file-systems\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
const state = (page: Page) => page.locator('#state');
const says = (page: Page, words: string) => state(page).getByText(words).waitFor();

describe.runIf(path)('file systems in a browser', () => {
  const { open, complaints, signUp, ready, app } = browserStage(path ?? '');

  /** On the page of a new file system of a new bucket. */
  const made = async (page: Page, name: string): Promise<void> => {
    await ready(page, name);
    await link(page, 'File systems').click();
    await button(page, 'Create file system').click();
    await page.getByRole('heading', { name: `File system of ${name}` }).waitFor();
  };
  /** The page itself must not be loaded anew: a mark on it is gone then. */
  const mark = (page: Page) => page.evaluate(`globalThis.sameDocument = true`);
  const isSame = (page: Page) => page.evaluate(`globalThis.sameDocument === true`);

  it('are seen to come up, flush, stop and start while one looks at them', async () => {
    const page = await open();
    await made(page, 'looked-at');
    await says(page, 'It waits for its gateway.');
    await expectSound(page);
    await page.getByText('This is how it was when').waitFor({ state: 'hidden' });
    await mark(page);
    await settle(app());
    await says(page, 'It is served.');
    await page.getByText('rclone mount tollhouse:').waitFor();
    await button(page, 'Flush').waitFor();
    await expectSound(page);
    expect(await isSame(page)).toBe(true);
    app().gateways.write(idIn(page), 3);
    await button(page, 'Flush').click();
    await says(page, 'A flush is under way.');
    await mark(page);
    await settle(app());
    await says(page, 'What was written before the last flush is in the bucket.');
    expect([await isSame(page), app().gateways.delivered(idIn(page))]).toEqual([true, 3]);
    await button(page, 'Stop').click();
    await page.getByText('It is being stopped, once').waitFor();
    await mark(page);
    await settle(app());
    await says(page, 'It is stopped.');
    await page.getByText('It has an address while it is served.').waitFor();
    expect(await isSame(page)).toBe(true);
    await button(page, 'Start').click();
    await settle(app());
    await says(page, 'It is served.');
  });

  it('are made, stopped, started, flushed and deleted by the keyboard alone', async () => {
    const page = await open();
    const press = async (name: RegExp, key = 'Enter'): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.press(key);
    };
    await ready(page, 'by-keys');
    await press(/^File systems$/);
    await page.getByRole('heading', { name: /^File systems of/ }).waitFor();
    await press(/^Preload$/, 'Space');
    await press(/^Create file system$/);
    await says(page, 'It waits for its gateway.');
    await settle(app());
    await says(page, 'It is served.');
    await press(/^Show$/);
    await page.locator('#password').waitFor({ state: 'visible' });
    await press(/^Flush$/);
    await page.getByText('What was written so far is being sent').waitFor();
    await settle(app());
    await press(/^Stop$/, 'Space');
    await page.getByText('It is being stopped, once').waitFor();
    await settle(app());
    await says(page, 'It is stopped.');
    await press(/^Start$/);
    await page.getByText('It is being started.').waitFor();
    await settle(app());
    await says(page, 'It is served.');
    await press(/^Delete$/);
    await page.getByRole('heading', { name: 'Delete file system' }).waitFor();
    await expectSound(page);
    await press(/^Keep it$/);
    await page.getByRole('heading', { name: 'File system of by-keys' }).waitFor();
    await press(/^Delete$/);
    await page.getByRole('heading', { name: 'Delete file system' }).waitFor();
    await press(/^Delete file system$/);
    await page.getByText('The file system is being deleted.').waitFor();
    await settle(app());
    await press(/^File systems$/);
    await page.getByText('There are no file systems yet.').waitFor();
  });

  it('leave the focus where it was while the page changes around it', async () => {
    const page = await open();
    await made(page, 'focused');
    await page.getByText('This is how it was when').waitFor({ state: 'hidden' });
    await button(page, 'Stop').focus();
    await settle(app());
    await says(page, 'It is served.');
    expect(await page.evaluate(`document.activeElement.id`)).toBe('do-stop');
  });

  it('tell those who look at one that it is gone', async () => {
    const page = await open();
    await made(page, 'going');
    await settle(app());
    await says(page, 'It is served.');
    const here = page.url();
    const other = await page.context().newPage();
    await other.goto(here.replace(/\?.*$/, '/remove'));
    await button(other, 'Delete file system').click();
    await says(page, 'Then it is deleted.');
    await settle(app());
    await page.getByText('The file system is deleted. Its files stay where they are.').waitFor();
    await page.getByText('There are no file systems yet.').waitFor();
    // It may have been gone when the page asked how it is; the browser writes that down.
    expect(complaints().filter((line) => !line.includes('status of 404'))).toEqual([]);
  });

  it('can be followed without scripts by looking again', async () => {
    const page = await open({ javaScriptEnabled: false });
    await made(page, 'no-script');
    await says(page, 'It waits for its gateway.');
    await settle(app());
    await link(page, 'Look again').click();
    await says(page, 'It is served.');
    expect(await button(page, /^Copy/).count()).toBe(0);
    await page.getByText('Show', { exact: true }).click();
    await page.locator('#password').waitFor({ state: 'visible' });
    await button(page, 'Stop').click();
    await settle(app());
    await link(page, 'Look again').click();
    await says(page, 'It is stopped.');
  });

  it('give their address, password and commands to the clipboard', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await made(page, 'copied');
    await settle(app());
    await says(page, 'It is served.');
    for (const [name, id] of [
      ['Address', 'address'],
      ['Password', 'password'],
      ['the rclone commands', 'with-rclone'],
    ] as const) {
      await button(page, `Copy ${name}`).click();
      await page.getByText(`Copied: ${name}.`).waitFor();
      const copied = await page.evaluate(`navigator.clipboard.readText()`);
      expect(copied).toBe(await page.locator(`#${id}`).textContent());
      expect(String(copied).length).toBeGreaterThan(10);
    }
  });

  it('come back to following after the server was away, and missed nothing', async () => {
    const page = await open();
    await made(page, 'cut-off');
    await page.getByText('This is how it was when').waitFor({ state: 'hidden' });
    await page.context().setOffline(true);
    await settle(app());
    await page.context().setOffline(false);
    await says(page, 'It is served.');
    complaints();
  });

  it('say what is missing before there can be one, and what is wrong with the form', async () => {
    const page = await open();
    await signUp(page);
    await makeProject(page, 'Nothing yet');
    await link(page, 'File systems').click();
    await expectSound(page);
    await link(page, 'Create a bucket first').click();
    await page.getByLabel('Name').fill('the-first');
    await button(page, 'Create bucket').click();
    await link(page, 'File systems').click();
    await page.evaluate(`document.querySelector('#region option').value = 'moon'`);
    await button(page, 'Create file system').click();
    await page.getByRole('alert').waitFor();
    expect(complaints()).toEqual([expect.stringContaining('status of 400')]);
    expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('alert');
    await link(page, /The region must be one of: local/).click();
    expect(await page.evaluate(`document.activeElement.id`)).toBe('region');
    await expectSound(page);
  });
});
