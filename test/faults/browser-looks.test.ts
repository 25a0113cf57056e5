import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { settle } from '../contract/http/fleet.rig.js';
import { browserPath, DESKTOP, expectSound, PHONE } from './support/browser.js';
import { browserStage, button, file, link, makeBucket, makeProject } from './support/browser-stage.js';
import { picture } from './support/picture.js';
import { sold, subscribed } from './support/plans.js';
import { usedFor } from './support/usage.js';

const path = browserPath();

describe.runIf(path)('to the eye', () => {
  const { open, complaints, go, signUp, app } = browserStage(path ?? '');
  const idsIn = (page: Page): readonly string[] => page.url().match(/[0-9a-f-]{36}/g) ?? [];

  it('leads through all that the pictures in the documents show', async () => {
    const page = await open();
    await go(page, `/sign-in`);
    await picture(page, 'sign-in');
    await signUp(page);
    for (const name of ['Research archive', 'Photo library']) {
      await go(page, `/app`);
      await makeProject(page, name);
    }
    await go(page, `/app`);
    await picture(page, 'projects');
    await link(page, 'Photo library').click();
    await makeBucket(page, 'originals');
    const names = ['harbour.jpg', 'lighthouse at dusk.jpg', 'Zürich.jpg', 'index.csv'];
    await page
      .getByLabel('Files')
      .setInputFiles(names.map((name, n) => file(name, Buffer.alloc(4_000 * 9 ** n))));
    await button(page, 'Upload').click();
    await page.getByText('Uploaded.').waitFor();
    for (const folder of ['2025', '2026/spring']) {
      await page.getByLabel('Folder').fill(folder);
      await page.getByLabel('Files').setInputFiles([file('first.jpg', 'x')]);
      await button(page, 'Upload').click();
      await page.getByText('Uploaded.').waitFor();
      await link(page, 'originals').click();
    }
    await picture(page, 'folder');
    await link(page, 'Delete harbour.jpg').click();
    await picture(page, 'confirm');
    await link(page, 'Photo library').click();
    await page.getByLabel('Name').fill('thumbnails');
    await button(page, 'Create bucket').click();
    await link(page, 'S3-compatible store').click();
    await page.getByLabel('Address of the bucket').fill('s3://their-archive/2020');
    await page.getByLabel('Region').fill('eu-central-1');
    await page.getByLabel('Endpoint').fill('https://s3.example.com');
    await picture(page, 'connect');
    await page.getByLabel('Access key id').fill('AKIAIOSFODNN7EXAMPLE');
    await page.getByLabel('Secret access key').fill('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
    await button(page, 'Connect').click();
    await page.getByText('The connection is there.').waitFor();
    await picture(page, 'storage');
    await button(page, 'Verify s3://their-archive/2020').click();
    await page.getByText('Not all of it works.').waitFor();
    await expectSound(page);
    await picture(page, 'verification');
    await link(page, 'Photo library').click();
    await link(page, /^originals$/).click();
    const [project = '', bucket = ''] = idsIn(page);
    await link(page, 'File systems').click();
    await page.getByLabel('Instance type').selectOption('local.large');
    await button(page, 'Create file system').click();
    await settle(app());
    await page.getByText('rclone mount tollhouse:').waitFor();
    await go(page, new URL(page.url()).pathname);
    await page.getByText('This is how it was when').waitFor({ state: 'hidden' });
    await picture(page, 'file-system');
    await link(page, 'File systems').first().click();
    await picture(page, 'file-systems');
    await usedFor(app(), project, bucket);
    await link(page, 'Usage').click();
    await expectSound(page);
    await picture(page, 'usage');
  });

  it.each([PHONE, DESKTOP])(
    'fits every page into a window of $width pixels, with long names too',
    async (viewport) => {
      const page = await open({ viewport });
      const long = `Plan ${viewport.width}${'andon'.repeat(25)}`;
      const { monthly, yearly } = await sold(app(), long, 123_456_789n);
      await go(page, '/pricing');
      await page.getByText(long).first().waitFor();
      await expectSound(page);
      await go(page, `/sign-in`);
      await expectSound(page);
      const email = await signUp(page);
      await expectSound(page);
      await makeProject(page, `A project with a name that goes on ${'andon'.repeat(20)}`);
      await expectSound(page);
      await makeBucket(page, `b${'-long'.repeat(12)}`);
      await expectSound(page);
      await page.getByLabel('Folder').fill(`folder-${'x'.repeat(150)}`);
      await page.getByLabel('Files').setInputFiles([file(`${'name'.repeat(40)}.txt`, 'x')]);
      await button(page, 'Upload').click();
      await page.getByText('Uploaded.').waitFor();
      await expectSound(page);
      await link(page, /^Delete name/).click();
      await expectSound(page);
      for (const provider of ['Amazon S3', 'Google Cloud Storage', 'S3-compatible store']) {
        await link(page, /^A project with/).click();
        await link(page, provider).click();
        await expectSound(page);
      }
      await link(page, 'File systems').click();
      await button(page, 'Create file system').click();
      await settle(app());
      await page.getByText('rclone mount tollhouse:').waitFor();
      await expectSound(page);
      await link(page, 'Delete').click();
      await expectSound(page);
      await link(page, 'File systems').first().click();
      await expectSound(page);
      await link(page, 'Usage').click();
      await expectSound(page);
      await link(page, 'Billing').click();
      await expectSound(page);
      const [project = ''] = idsIn(page);
      await subscribed(app(), email, project, monthly);
      await page.reload();
      await page.getByText('It is paid for.').waitFor();
      await expectSound(page);
      await go(page, `/app/projects/${project}/billing/change?price=${yearly}`);
      await expectSound(page);
      await go(page, `/app/projects/none/storage`);
      expect(complaints()).toEqual([expect.stringContaining('status of 404')]);
      await expectSound(page);
    },
  );
});
