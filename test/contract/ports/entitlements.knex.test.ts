import { afterAll } from 'vitest';
import { knexEntitlementsRigs } from './entitlements.rig.js';
import { entitlementsCatalogueContract } from './entitlements-catalogue.contract.js';
import { entitlementsCountsContract } from './entitlements-counts.contract.js';
import { entitlementsFactsContract } from './entitlements-facts.contract.js';
import { entitlementsGrantsContract } from './entitlements-grants.contract.js';
import { entitlementsInStepContract } from './entitlements-in-step.contract.js';
import { entitlementsReservationsContract } from './entitlements-reservations.contract.js';
import { entitlementsUsageContract } from './entitlements-usage.contract.js';

const rigs = knexEntitlementsRigs();
afterAll(rigs.close);

entitlementsCatalogueContract('knex', rigs.open);
entitlementsUsageContract('knex', rigs.open);
entitlementsReservationsContract('knex', rigs.open);
entitlementsFactsContract('knex', rigs.open);
entitlementsCountsContract('knex', rigs.open);
entitlementsGrantsContract('knex', rigs.open);
entitlementsInStepContract('knex', rigs.open);
