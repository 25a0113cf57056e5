import { describe, expect, it } from 'vitest';
import { type AnyRoute, statusesOf } from '../../../src/adapters/http/kit/route.js';
import { words } from '../../../src/adapters/http/pages/words.js';
import { billingPageScenarios } from './pages.billing.scenarios.js';
import { entranceScenarios } from './pages.entrance.scenarios.js';
import { filesScenarios } from './pages.files.scenarios.js';
import { fleetPageScenarios } from './pages.fleet.scenarios.js';
import { fleetDeedScenarios } from './pages.fleet-deeds.scenarios.js';
import { limitsScenarios } from './pages.limits.scenarios.js';
import { quotaScenarios } from './pages.quota.scenarios.js';
import { pageRefusals } from './pages.refusals.js';
import { allPages, type Open } from './pages.rig.js';
import { secretsScenarios } from './pages.secrets.scenarios.js';
import { storageScenarios } from './pages.storage.scenarios.js';
import { uploadScenarios } from './pages.uploads.scenarios.js';
import { usagePageScenarios } from './pages.usage.scenarios.js';

/** All pages on one composition of adapters; at the end, no declared status is unseen. */
export const pagesContract = (name: string, open: Open) =>
  describe(`The pages on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuse', () => pageRefusals(open, answered));
    describe('let people in', () => entranceScenarios(open, answered));
    describe('show storage', () => storageScenarios(open, answered));
    describe('keep the secrets of connections', () => secretsScenarios(open, answered));
    describe('take and give files', () => filesScenarios(open, answered));
    describe('take whole files only', () => uploadScenarios(open, answered));
    describe('take as much as the quota allows', () => quotaScenarios(open, answered));
    describe('speak of limits', () => limitsScenarios(open, answered));

    describe('show file systems', () => fleetPageScenarios(open, answered));
    describe('have file systems do things', () => fleetDeedScenarios(open, answered));
    describe('let people pay', () => billingPageScenarios(open, answered));
    describe('show what was used', () => usagePageScenarios(open, answered));

    it('have given every status that their routes declare', () => {
      const declared = allPages.flatMap((route) =>
        statusesOf(route as unknown as AnyRoute<never>).map((status) => `${route.operationId} ${status}`),
      );
      expect(declared.filter((line) => !answered.has(line))).toEqual([]);
      expect(declared.length).toBeGreaterThan(100);
    });

    it('have words for every failure', () => {
      const kinds = new Set(allPages.flatMap((route) => Object.keys(route.errors)));
      expect([...kinds].filter((kind) => !(kind in words))).toEqual([]);
    });
  });
