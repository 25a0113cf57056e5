import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ports } from '../../src/composition/tokens.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import { allowed, aPlanOf, override, subscribe } from '../support/entitled.js';
import { browserPath, expectSound, PHONE } from './support/browser.js';
import { browserStage, button, link, makeBucket, makeProject } from './support/browser-stage.js';
import { picture } from './support/picture.js';

const path = browserPath();
const SECTIONS = ['storage', 'file-systems', 'usage', 'billing'];

describe.runIf(path)('limits, on a phone', () => {
  const { open, complaints, go, signUp, app } = browserStage(path ?? '');
  const projectOf = (page: Page): string => page.url().match(/[0-9a-f-]{36}/)?.[0] ?? '';

  it('are told of when they are near, reached, and lifted by a larger plan, on every page of the project', async () => {
    const page = await open({ viewport: PHONE });
    await signUp(page);
    await makeProject(page, 'Photo library');
    const account = projectOf(page) as AccountId;
    const { container } = app();
    const units = { billing: container.get(ports.billing), entitlements: container.get(ports.entitlements) };
    await subscribe(units, account, await aPlanOf(units, { buckets: allowed(3, { warnPercent: 60 }) }));
    const storage = `/app/projects/${account}/storage`;
    const limits = page.getByRole('region', { name: 'Limits of this project' });

    await makeBucket(page, 'originals');
    await go(page, storage);
    expect(await limits.count()).toBe(0);
    await makeBucket(page, 'thumbnails');
    for (const section of SECTIONS) {
      await go(page, `/app/projects/${account}/${section}`);
      await limits.getByText('2 of 3 buckets are used: soon nothing can be added.').waitFor();
      await expectSound(page);
    }
    await go(page, storage);
    await makeBucket(page, 'exports');
    await go(page, storage);
    await limits.getByText('3 of 3 buckets are used: nothing can be added.').waitFor();
    await page.getByLabel('Name').fill('one-too-many');
    await button(page, 'Create bucket').click();
    await page.getByRole('alert').getByText('The project may have 3 buckets, by the plan').waitFor();
    expect(complaints()).toEqual([expect.stringContaining('status of 403')]);
    await expectSound(page);
    await picture(page, 'limits');

    await page.setViewportSize(PHONE);
    await link(page, 'Choose a larger plan').click();
    await page.getByRole('heading', { name: 'Plans' }).waitFor();
    await subscribe(units, account, await aPlanOf(units, { buckets: allowed(30) }));
    await go(page, storage);
    expect(await limits.count()).toBe(0);
    await makeBucket(page, 'one-too-many');

    await override(units, account, 'buckets', allowed(1));
    await go(page, storage);
    await limits.getByText('4 of 1 buckets are there, more than there may be: nothing is deleted').waitFor();
    const setting = { state: 'suspended_read_only', reason: 'x', changedAt: app().clock.now() } as const;
    const set = await container
      .get(ports.workspaces)
      .run((tx) => tx.truth.set(account, { ...setting, version: 1, changedBy: 'operator' }));
    expect(set.isOk()).toBe(true);
    await go(page, storage);
    const suspended = page.getByRole('region', { name: 'This project is suspended' });
    await suspended.getByText('what exists can be read, nothing new can be made').waitFor();
    await expectSound(page);
  });
});
