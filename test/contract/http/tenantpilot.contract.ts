import { describe, expect, it } from 'vitest';
import { type AnyRoute, statusesOf } from '../../../src/adapters/http/kit/route.js';
import { dialect } from '../../../src/adapters/http/tenantpilot/dialect.js';
import { operations } from '../../../src/adapters/http/tenantpilot/operations.js';
import { words } from '../../../src/adapters/http/tenantpilot/words.js';
import { packScenarios } from './tenantpilot.packs.scenarios.js';
import { publishedEndpoints } from './tenantpilot.published.js';
import { planeRefusals } from './tenantpilot.refusals.js';
import { allRoutes, type Open } from './tenantpilot.rig.js';
import { systemScenarios } from './tenantpilot.system.scenarios.js';
import { workspaceScenarios } from './tenantpilot.workspace.scenarios.js';

/** The whole contract on one composition of adapters; at the end, no declared status is unseen. */
export const tenantPilotContract = (name: string, open: Open) =>
  describe(`TenantPilot on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuses', () => planeRefusals(open, answered));
    describe('says how workspaces stand', () => systemScenarios(open, answered));
    describe('has people at work', () => workspaceScenarios(open, answered));
    describe('makes packs', () => packScenarios(open, answered));

    it('has given every status that its routes declare', () => {
      const declared = allRoutes.flatMap((route) =>
        statusesOf(route as unknown as AnyRoute<never>, dialect.statuses).map(
          (status) => `${route.operationId} ${status}`,
        ),
      );
      expect(declared.filter((line) => !answered.has(line))).toEqual([]);
      expect(declared.length).toBeGreaterThan(200);
    });

    it('is served at the published addresses, under the names that we gave them', () => {
      const named = Object.entries(operations).map(([name, at]) => [at, name]);
      expect(named.map(([at]) => at).sort()).toEqual(publishedEndpoints().sort());
      expect(new Set(named.map(([, name]) => name)).size).toBe(9);
    });

    it('has words for every failure', () => {
      const kinds = new Set(allRoutes.flatMap((route) => Object.keys(route.errors)));
      expect([...kinds].filter((kind) => !(kind in words))).toEqual([]);
    });
  });
