import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes as datilio } from '../../../../src/adapters/http/datilio/index.js';
import type { AnyRoute } from '../../../../src/adapters/http/kit/route.js';
import { oauthRoutes, routes as sentryAgent } from '../../../../src/adapters/http/sentryagent/index.js';
import { routes as tenantPilot } from '../../../../src/adapters/http/tenantpilot/index.js';
import { routes as trainingPipes } from '../../../../src/adapters/http/training-pipes/index.js';
import { datilioEffects } from './datilio.js';
import { type FieldEffects, requestFields, titlesIn } from './fields.js';
import { sentryAgentEffects } from './sentryagent.js';
import { tenantPilotEffects } from './tenantpilot.js';
import { accountsEffects } from './training-pipes.accounts.js';
import { billingEffects } from './training-pipes.billing.js';
import { entitlementsEffects } from './training-pipes.entitlements.js';
import { fleetEffects } from './training-pipes.fleet.js';
import { storageEffects } from './training-pipes.storage.js';

const CONTRACTS: readonly (readonly [string, object, FieldEffects])[] = [
  [
    'Training Pipes',
    trainingPipes,
    { ...accountsEffects, ...storageEffects, ...fleetEffects, ...billingEffects, ...entitlementsEffects },
  ],
  ['SentryAgent', { ...sentryAgent, ...oauthRoutes }, sentryAgentEffects],
  ['TenantPilot', tenantPilot, tenantPilotEffects],
  ['Datilio', datilio, datilioEffects],
];

/** The titles of all tests there are. */
const allTitles = async (): Promise<ReadonlySet<string>> => {
  const root = join(import.meta.dirname, '../../..');
  const found = await readdir(root, { recursive: true });
  const sources = found.filter((path) => path.endsWith('.ts'));
  const texts = await Promise.all(sources.map((path) => readFile(join(root, path), 'utf8')));
  return new Set(texts.flatMap(titlesIn));
};

describe.each(CONTRACTS)('the fields of requests to %s', (_name, routes, effects) => {
  const rows = Object.entries(effects).flatMap(([operation, fields]) =>
    Object.entries(fields).map(([field, title]) => ({ field: `${operation}: ${field}`, title })),
  );

  it('are each in the table of what sees their effect, and nothing else is', () => {
    const served = requestFields(Object.values(routes) as readonly AnyRoute<never>[]);
    expect(rows.map(({ field }) => field).sort()).toEqual([...served].sort());
  });

  it('have effects that tests see which are there', async () => {
    const titles = await allTitles();
    expect(rows.filter(({ title }) => !titles.has(title))).toEqual([]);
  });
});
