import { describe, expect, it } from 'vitest';
import { words } from '../../../src/adapters/http/datilio/dialect.js';
import { routes } from '../../../src/adapters/http/datilio/index.js';
import { type AnyRoute, statusesOf } from '../../../src/adapters/http/kit/route.js';
import { datilioSubject } from './datilio.rig.js';
import { datilioPlansScenarios } from './datilio-plans.scenarios.js';
import { datilioPurchaseScenarios } from './datilio-purchase.scenarios.js';
import { datilioUsageScenarios } from './datilio-usage.scenarios.js';
import { datilioUsersScenarios } from './datilio-users.scenarios.js';
import { refusals } from './refusals.js';
import type { Open } from './rig.js';

const all = Object.values(routes) as unknown as readonly AnyRoute<never>[];

/** The whole contract on one composition of adapters; at the end, no declared status is unseen. */
export const datilioContract = (name: string, open: Open) =>
  describe(`Datilio on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuses', () => refusals(open, answered, datilioSubject));
    describe('serves users', () => datilioUsersScenarios(open, answered));
    describe('serves plans', () => datilioPlansScenarios(open, answered));
    describe('counts', () => datilioUsageScenarios(open, answered));
    describe('sells plans', () => datilioPurchaseScenarios(open, answered));

    it('has given every status that its routes declare', () => {
      const declared = all.flatMap((route) =>
        statusesOf(route).map((status) => `${route.operationId} ${status}`),
      );
      expect(declared.filter((line) => !answered.has(line))).toEqual([]);
    });

    it('has words for every failure', () => {
      const kinds = new Set(all.flatMap((route) => Object.keys(route.errors)));
      expect([...kinds].filter((kind) => !(kind in words))).toEqual([]);
    });
  });
