import { describe, expect, it } from 'vitest';
import { statusesOf } from '../../../src/adapters/http/kit/route.js';
import { words } from '../../../src/adapters/http/sentryagent/dialect.js';
import { oauthRoutes, routes } from '../../../src/adapters/http/sentryagent/index.js';
import { oauthWords } from '../../../src/adapters/http/sentryagent/oauth-dialect.js';
import { refusals } from './refusals.js';
import type { Open } from './rig.js';
import { sentryAgentCheckoutScenarios } from './sentryagent.checkout.scenarios.js';
import { allRoutes, sentryAgentSubject } from './sentryagent.rig.js';
import { sentryAgentTokenScenarios } from './sentryagent.token.scenarios.js';
import { sentryAgentUsageScenarios } from './sentryagent.usage.scenarios.js';
import { sentryAgentWebhookScenarios } from './sentryagent.webhook.scenarios.js';

/** The whole contract on one composition of adapters; at the end, no declared status is unseen. */
export const sentryAgentContract = (name: string, open: Open) =>
  describe(`SentryAgent on ${name}`, () => {
    const answered = new Set<string>();
    describe('refuses', () => refusals(open, answered, sentryAgentSubject));
    describe('gives tokens', () => sentryAgentTokenScenarios(open, answered));
    describe('opens checkouts', () => sentryAgentCheckoutScenarios(open, answered));
    describe('counts', () => sentryAgentUsageScenarios(open, answered));
    describe('hears of payments', () => sentryAgentWebhookScenarios(open, answered));

    it('has given every status that its routes declare', () => {
      const declared = allRoutes.flatMap((route) =>
        statusesOf(route).map((status) => `${route.operationId} ${status}`),
      );
      expect(declared.filter((line) => !answered.has(line))).toEqual([]);
    });

    it('has words for every failure', () => {
      const kindsOf = (some: object) =>
        Object.values(some).flatMap(({ errors }: { readonly errors: object }) => Object.keys(errors));
      expect(kindsOf(routes).filter((kind) => !(kind in words))).toEqual([]);
      expect(kindsOf(oauthRoutes).filter((kind) => !(kind in oauthWords))).toEqual([]);
    });
  });
