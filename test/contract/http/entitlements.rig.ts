import { expect } from 'vitest';
import { MAX_AGE } from '../../../src/application/shared/recent.js';
import type { TestApp } from '../../support/app.js';
import type { Answer, Client, World } from '../../support/client.js';
import { payingOf } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';

/** What is refused: the status, the code, and the field that it is about. */
export const refused = ({ status, body }: Answer) => [
  status,
  body.error.code,
  Array.isArray(body.error.details) ? body.error.details[0].field : undefined,
];

/** A plan on sale, somebody who sells it, and a project that has it. */
export const entitledOf = (app: TestApp, call: Client, here: World) => {
  const { token } = here.owner;
  const paying = payingOf(app, call);
  const post = (path: string, json: unknown, headers = {}, by = token) =>
    call(`POST /v1/${path}`, { token: by, json, headers });
  const patch = (path: string, json: unknown, by = token) => call(`PATCH /v1/${path}`, { token: by, json });
  const idOf = async (made: Promise<Answer>): Promise<string> => {
    const answer = await made;
    expect([answer.status, answer.text]).toEqual([201, answer.text]);
    return answer.body.id;
  };
  const project = (rest: string) => `projects/${here.projectId}/${rest}`;
  return {
    token,
    paying,
    post,
    patch,
    project,
    get: (path: string, by = token, headers = {}) => call(`GET /v1/${path}`, { token: by, headers }),
    administer: () => makePlatformAdmin(app, here.owner),
    /** The id of a plan that the project is on from then on. */
    onPlan: async (name: string): Promise<string> => {
      const prices = paying.prices(`prod_${name}`);
      const id = await paying.sell(token, name, prices);
      await paying.subscribe(here.projectId, token, prices.monthly);
      return id;
    },
    metered: (name: string, more = {}) =>
      idOf(post('subscription-features', { name, is_usage_based: true, ...more })),
    boolean: (name: string) => idOf(post('subscription-features', { name, is_binary_based: true })),
    include: (plan: string, feature: string, says: object) =>
      idOf(
        post('subscription-plan-features', {
          subscription_plan_id: plan,
          subscription_feature_id: feature,
          ...says,
        }),
      ),
    /** So much later that nothing is remembered. */
    later: () => app.clock.advance(MAX_AGE),
    check: async (feature: string, amount?: number, by = token) =>
      call(`POST /v1/${project('entitlements:check')}`, { token: by, json: { feature, amount } }),
    reserve: (json: object, headers = {}, by = token) =>
      post(project('entitlements:reserve'), json, headers, by),
    settle: (id: string, how: 'confirm' | 'release', json?: unknown, by = token) =>
      call(`POST /v1/${project(`reservations/${id}:${how}`)}`, { token: by, json }),
    override: (feature: string, json: object, by = token) =>
      call(`PUT /v1/${project(`entitlements/${feature}/override`)}`, { token: by, json }),
    removeOverride: (feature: string, by = token) =>
      call(`DELETE /v1/${project(`entitlements/${feature}/override`)}`, { token: by }),
  };
};
export type Entitled = ReturnType<typeof entitledOf>;
