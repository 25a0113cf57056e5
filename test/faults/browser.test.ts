import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshEmail, PASSWORD } from '../support/client.js';
import { readZip } from '../support/zip.js';
import { browserPath, expectSound, tabTo } from './support/browser.js';
import { browserStage, button, file, link, MIB, makeProject } from './support/browser-stage.js';

const path = browserPath();

describe.runIf(path)('in a browser', () => {
  const { open, complaints, go, signUp, ready } = browserStage(path ?? '');

  for (const javaScriptEnabled of [true, false])
    it(`takes somebody from signing up to an empty bucket by clicking, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
      const page = await open({ javaScriptEnabled });
      await ready(page, 'by-clicking');
      await page.getByLabel('Folder').fill('letters');
      await page.getByLabel('Files').setInputFiles([file('one.txt', 'one'), file('two "2".txt', 'two')]);
      await button(page, 'Upload').click();
      await page.getByText('Uploaded.').waitFor();
      await page.getByRole('heading', { name: 'letters' }).waitFor();
      const saved = page.waitForEvent('download');
      await link(page, 'Download two "2".txt').click();
      expect(await readFile(await (await saved).path(), 'utf8')).toBe('two');
      await link(page, 'by-clicking').click();
      const zipped = page.waitForEvent('download');
      await link(page, 'ZIP letters').click();
      const zip = await zipped;
      expect(zip.suggestedFilename()).toBe('letters.zip');
      expect(readZip(await readFile(await zip.path())).entries.map(({ name }) => name)).toEqual([
        'one.txt',
        'two "2".txt',
      ]);
      await link(page, 'Delete letters').click();
      await button(page, 'Delete folder').click();
      await page.getByText('There is nothing here yet.').waitFor();
      await link(page, 'A project').click();
      await link(page, 'Delete by-clicking').click();
      await link(page, 'Keep it').click();
      await link(page, 'Delete by-clicking').click();
      await button(page, 'Delete bucket').click();
      await page.getByText('The bucket is being deleted').waitFor();
      await button(page, 'Sign out').click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    });

  it('takes somebody the same way by the keyboard alone, who always sees where they are', async () => {
    const page = await open();
    const type = async (name: RegExp, text: string): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.type(text);
    };
    const press = async (name: RegExp, key = 'Enter'): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.press(key);
    };
    await go(page, `/sign-up`);
    await press(/^Skip to content$/);
    await type(/^E-mail address$/, freshEmail());
    await type(/^Password$/, PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor();
    await type(/^Name$/, 'By keys');
    await press(/^Create project$/);
    await page.getByRole('heading', { name: 'Storage of By keys' }).waitFor();
    await type(/^Name$/, 'by-keys');
    await press(/^Create bucket$/, 'Space');
    await page.getByText('The bucket is there.').waitFor();
    await press(/^by-keys$/);
    await page.getByRole('heading', { name: 'by-keys' }).waitFor();
    const chooser = page.waitForEvent('filechooser');
    await press(/^Files$/);
    await (await chooser).setFiles([file('typed.txt', 'typed')]);
    await press(/^Upload$/);
    await page.getByText('Uploaded.').waitFor();
    const saved = page.waitForEvent('download');
    await press(/^Download typed\.txt$/);
    expect(await readFile(await (await saved).path(), 'utf8')).toBe('typed');
    await press(/^Delete typed\.txt$/);
    await page.getByRole('heading', { name: 'Delete file' }).waitFor();
    await press(/^Delete file$/);
    await page.getByText('Deleted.').waitFor();
    await press(/^Sign out$/);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('uploads what is dropped onto the page, and tells how far it is', async () => {
    const page = await open();
    await ready(page, 'dropped');
    await page.evaluate(`(() => {
      globalThis.said = [];
      const status = document.querySelector('[data-status]');
      const bar = document.querySelector('progress');
      new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
      new MutationObserver(() => said.push('bar ' + !bar.hidden)).observe(bar, { attributes: true, attributeFilter: ['hidden'] });
    })()`);
    const told = page.evaluate(
      `new Promise((resolve) => addEventListener('beforeunload', () => resolve(said)))`,
    );
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(24 * 1024 * 1024)], 'large.bin'));
      transfer.items.add(new File(['small'], 'small.txt'));
      return transfer;
    })()`);
    await page.dispatchEvent('body', 'dragover', { dataTransfer: dropped });
    expect(await page.locator('form.over').count()).toBe(1);
    await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
    await page.getByText('Uploaded.').waitFor({ timeout: 30_000 });
    await page.getByText('24 MiB').waitFor();
    await page.getByText('small.txt').first().waitFor();
    const said = (await told) as string[];
    expect(said).toContain('bar true');
    expect(said.some((text) => /^Uploading large\.bin: \d+0? %$/.test(text))).toBe(true);
    expect(said).toContain('Uploading small.txt: 100 %');
    expect(said.at(-1)).toBe('Done.');
  });

  it('says why an upload was not taken, and lets one try again', async () => {
    const page = await open();
    await ready(page, 'refusing');
    await page.getByLabel('Folder').fill('..');
    await page.getByLabel('Files').setInputFiles([file('x.txt', 'x')]);
    await button(page, 'Upload').click();
    await page.getByText('x.txt was not uploaded. The name must not have a').waitFor();
    // The browser itself writes such an answer down as an error; nothing else may be there.
    await expect.poll(complaints).toEqual([expect.stringContaining('status of 400')]);
    expect(await page.locator('progress').isHidden()).toBe(true);
    await page.getByLabel('Folder').fill('');
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-large-'));
    await writeFile(join(directory, 'large.bin'), Buffer.alloc(40 * MIB));
    await page.getByLabel('Files').setInputFiles(join(directory, 'large.bin'));
    await button(page, 'Upload').click();
    await page.getByText('large.bin was not uploaded. A file may have at most').waitFor({ timeout: 30_000 });
    await expect.poll(complaints).toEqual([expect.stringContaining('status of 413')]);
    await rm(directory, { recursive: true });
    await page.getByLabel('Files').setInputFiles([file('good.txt', 'x')]);
    await button(page, 'Upload').click();
    await page.getByText('Uploaded.').waitFor();
  });

  it('puts the focus on what is wrong with a form', async () => {
    const page = await open();
    await signUp(page);
    await makeProject(page, 'Wrong');
    await page.getByLabel('Name').fill('Not A Name');
    await button(page, 'Create bucket').click();
    // The browser tells of it when it likes.
    await expect.poll(complaints).toEqual([expect.stringContaining('status of 400')]);
    expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('alert');
    await link(page, /The name may have lower-case letters/).click();
    expect(await page.evaluate(`document.activeElement.id`)).toBe('name');
    expect(await page.getByLabel('Name').inputValue()).toBe('Not A Name');
    await expectSound(page);
  });

  it('runs nothing that hides in names', async () => {
    const page = await open();
    await ready(page, 'hiding');
    const names = [
      '<img src=x onerror="complain(1)">.txt',
      `"'><script>complain(2)<`,
      'javascript:complain(3)',
    ];
    await page.getByLabel('Files').setInputFiles(names.map((name) => file(name, 'x')));
    await button(page, 'Upload').click();
    await page.getByText('Uploaded.').waitFor();
    for (const name of names) {
      await page.getByText(name, { exact: true }).first().waitFor();
      await link(page, `Delete ${name}`).click();
      await page.getByRole('heading', { name: 'Delete file' }).waitFor();
      await expectSound(page);
      await page.goBack();
    }
  });
});
