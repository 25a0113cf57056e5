import { expect } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import type { TestApp } from '../../support/app.js';
import type { World } from '../../support/client.js';

/** The bucket in which the platform keeps packs of the world's project, and what one of them is called there. */
export const keptBucket = async ({ container, clock }: TestApp, { projectId, owner }: World) => {
  const use = {
    accountId: projectId as AccountId,
    userId: owner.id as UserId,
    at: clock.now(),
    requestId: 'a-job',
  };
  const name = 'pack-1.zip';
  const contents = [{ name: 'audit.csv', text: 'what was done' }];
  const put = await container.get(ports.packShelf).put(use, name, contents, clock.now());
  expect(put.isOk()).toBe(true);
  return { id: put._unsafeUnwrap().bucketId, name };
};
