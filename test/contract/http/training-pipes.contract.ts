import { describe, expect, it } from 'vitest';
import { type AnyRoute, statusesOf } from '../../../src/adapters/http/kit/route.js';
import { words } from '../../../src/adapters/http/training-pipes/dialect.js';
import { accountsScenarios } from './accounts.scenarios.js';
import { foldersScenarios } from './folders.scenarios.js';
import { idempotencyScenarios } from './idempotency.scenarios.js';
import { platformScenarios } from './platform.scenarios.js';
import { refusals } from './refusals.js';
import { allRoutes, type Open } from './rig.js';
import { storageScenarios } from './storage.scenarios.js';

/** The whole contract on one composition of adapters; at the end, no declared status is unseen. */
export const trainingPipesContract = (name: string, open: Open) =>
  describe(`Training Pipes on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuses', () => refusals(open, answered));
    describe('serves accounts', () => accountsScenarios(open, answered));
    describe('serves storage', () => storageScenarios(open, answered));
    describe('serves folders', () => foldersScenarios(open, answered));
    describe('serves the platform', () => platformScenarios(open, answered));
    describe('does things once', () => idempotencyScenarios(open, answered));

    it('has given every status that its routes declare', () => {
      const declared = allRoutes.flatMap((route) =>
        statusesOf(route as unknown as AnyRoute<never>).map((status) => `${route.operationId} ${status}`),
      );
      expect(declared.filter((line) => !answered.has(line))).toEqual([]);
    });

    it('has words for every failure', () => {
      const kinds = new Set(allRoutes.flatMap((route) => Object.keys(route.errors)));
      expect([...kinds].filter((kind) => !(kind in words))).toEqual([]);
    });
  });
