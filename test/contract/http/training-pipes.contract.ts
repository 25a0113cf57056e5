import { describe, expect, it } from 'vitest';
import { type AnyRoute, statusesOf } from '../../../src/adapters/http/kit/route.js';
import { words } from '../../../src/adapters/http/training-pipes/dialect.js';
import { accountsScenarios } from './accounts.scenarios.js';
import { auditLogScenarios } from './audit-log.scenarios.js';
import { billingScenarios } from './billing.scenarios.js';
import { billingPlansScenarios } from './billing-plans.scenarios.js';
import { billingTroublesScenarios } from './billing-troubles.scenarios.js';
import { checksumsScenarios } from './checksums.scenarios.js';
import { connectionsScenarios } from './connections.scenarios.js';
import { connectionsJailScenarios } from './connections-jail.scenarios.js';
import { connectionsRetryScenarios } from './connections-retry.scenarios.js';
import { connectionsSecretsScenarios } from './connections-secrets.scenarios.js';
import { connectionsVerifyScenarios } from './connections-verify.scenarios.js';
import { entitlementsScenarios } from './entitlements.scenarios.js';
import { entitlementsDecisionsScenarios } from './entitlements-decisions.scenarios.js';
import { entitlementsUsageScenarios } from './entitlements-usage.scenarios.js';
import { fileSystemEventsScenarios } from './file-system-events.scenarios.js';
import { fileSystemsScenarios } from './file-systems.scenarios.js';
import { foldersScenarios } from './folders.scenarios.js';
import { gatewaysScenarios } from './gateways.scenarios.js';
import { headsScenarios } from './heads.scenarios.js';
import { idempotencyScenarios } from './idempotency.scenarios.js';
import { keptBucketsScenarios } from './kept-buckets.scenarios.js';
import { limitsScenarios } from './limits.scenarios.js';
import { linksScenarios } from './links.scenarios.js';
import { linksGuardScenarios } from './links-guard.scenarios.js';
import { objectsScenarios } from './objects.scenarios.js';
import { organizationClientsScenarios } from './organization-clients.scenarios.js';
import { platformScenarios } from './platform.scenarios.js';
import { recentObjectsScenarios } from './recent-objects.scenarios.js';
import { refusals } from './refusals.js';
import { allRoutes, type Open } from './rig.js';
import { storageScenarios } from './storage.scenarios.js';
import { storageQuotaScenarios } from './storage-quota.scenarios.js';
import { trainingPipesSubject } from './training-pipes.subject.js';
import { usageScenarios } from './usage.scenarios.js';
import { usageFormScenarios } from './usage-forms.scenarios.js';

/** The whole contract on one composition of adapters; at the end, no declared status is unseen. */
export const trainingPipesContract = (name: string, open: Open) =>
  describe(`Training Pipes on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuses', () => refusals(open, answered, trainingPipesSubject));
    describe('serves accounts', () => accountsScenarios(open, answered));
    describe('serves clients of organizations', () => organizationClientsScenarios(open, answered));
    describe('serves storage', () => storageScenarios(open, answered));
    for (const where of ['buckets', 'connections'] as const) {
      describe('serves objects', () => objectsScenarios(open, answered, where));
      describe('serves folders', () => foldersScenarios(open, answered, where));
      describe('verifies uploads', () => checksumsScenarios(open, answered, where));
      describe('serves links', () => linksScenarios(open, answered, where));
      describe('guards links', () => linksGuardScenarios(open, answered, where));
      describe('tells of objects', () => headsScenarios(open, answered, where));
    }
    describe('remembers who uses a bucket', () => recentObjectsScenarios(open, answered));
    describe('keeps what the platform writes', () => keptBucketsScenarios(open, answered));
    describe('limits storage', () => storageQuotaScenarios(open, answered));
    describe('limits everything', () => limitsScenarios(open, answered));
    describe('serves connections', () => connectionsScenarios(open, answered));
    describe('verifies connections', () => connectionsVerifyScenarios(open, answered));
    describe('goes on verifying connections', () => connectionsRetryScenarios(open, answered));
    describe('keeps connections in their jail', () => connectionsJailScenarios(open, answered));
    describe('keeps the secrets of connections', () => connectionsSecretsScenarios(open, answered));
    describe('reports usage', () => usageScenarios(open, answered));
    describe('words usage', () => usageFormScenarios(open, answered));
    describe('sells plans', () => billingPlansScenarios(open, answered));
    describe('serves who pays', () => billingScenarios(open, answered));
    describe('bears with trouble in payments', () => billingTroublesScenarios(open, answered));
    describe('serves features', () => entitlementsScenarios(open, answered));
    describe('counts usage', () => entitlementsUsageScenarios(open, answered));
    describe('decides', () => entitlementsDecisionsScenarios(open, answered));
    describe('keeps an audit log', () => auditLogScenarios(open, answered));
    describe('serves file systems', () => fileSystemsScenarios(open, answered));
    describe('tells of file systems', () => fileSystemEventsScenarios(open, answered));
    describe('serves gateways', () => gatewaysScenarios(open, answered));
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
