import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launch, openTab } from './support/browser.js';
import { button, link } from './support/browser-stage.js';
import { rcloneHere } from './support/gateways.js';
import { cleanUp, dataDirectory, startProgram } from './support/server.js';

const path = browserPath();
const rclone = await rcloneHere();
/** A gateway is a program of its own: it has to start. */
const PATIENCE = { timeout: 60_000 };

/** Runs what the page says is to be typed into a shell, the password at its prompt. */
const inShell = async (commands: string, password: string, home: string): Promise<string> => {
  const shell = spawn('bash', ['-ec', commands], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  shell.stdin.end(`${password}\n`);
  const [said, complained] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
  return said + complained;
};

describe.runIf(path && rclone)('the pages of the program itself, with the gateways of its own host', () => {
  let browser: Browser;
  let home: string;
  beforeAll(async () => {
    browser = await launch(path ?? '');
    home = await mkdtemp(join(tmpdir(), 'tollhouse-home-'));
  });
  afterAll(async () => {
    await browser.close();
    await rm(home, { recursive: true, force: true });
    await cleanUp();
  });

  it('lead from the demo to a file system that their own commands reach, and to nothing again', async () => {
    const program = await startProgram({ TOLLHOUSE_DATA_DIR: await dataDirectory() });
    const [, pages = ''] = /^ {2}pages +(\S+)$/m.exec(program.output()) ?? [];
    const [, typed = ''] = /^ {2}password +(\S+)$/m.exec(program.output()) ?? [];
    const { page, complaints, close } = await openTab(browser);
    const says = (words: string) => page.locator('#state').getByText(words).waitFor(PATIENCE);
    await page.goto(pages);
    await page.getByLabel('E-mail address').fill('demo@example.com');
    await page.getByLabel('Password').fill(typed);
    await button(page, 'Sign in').click();
    await link(page, 'Demo project').click();
    await link(page, 'File systems').click();
    await button(page, 'Create file system').click();
    await says('It is served.');

    const shown = (await page.locator('#with-rclone').textContent()) ?? '';
    const mount = 'rclone mount tollhouse: ~/tollhouse --vfs-cache-mode writes';
    expect(shown).toContain(mount);
    const used = 'echo from a shell | rclone rcat tollhouse:shell.txt && rclone cat tollhouse:shell.txt';
    const password = (await page.locator('#password').textContent()) ?? '';
    expect(await inShell(shown.replace(mount, used), password, home)).toContain('from a shell');
    expect(await inShell(shown.replace(mount, used), 'wrong', home)).toContain('401');

    await button(page, 'Flush').click();
    await says('What was written before the last flush is in the bucket.');
    await link(page, 'Storage').click();
    await link(page, /^demo-files$/).click();
    await page.getByText('shell.txt').first().waitFor();
    await page.goBack();
    await page.goBack();
    await button(page, 'Stop').click();
    await says('It is stopped.');
    await link(page, 'Delete').click();
    await button(page, 'Delete file system').click();
    await expect
      .poll(async () => (await page.reload().then(() => page.textContent('main'))) ?? '', PATIENCE)
      .toContain('There are no file systems yet.');
    await link(page, 'Usage').click();
    await page.getByText(/File systems? of that/).waitFor();
    await page.getByRole('rowheader', { name: 'local/local.standard' }).first().waitFor();
    expect(complaints).toEqual([]);
    await close();
    expect(await program.end()).toBe(0);
  });
});
