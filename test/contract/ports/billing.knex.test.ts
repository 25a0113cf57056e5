import { afterAll } from 'vitest';
import { knexBillingRigs } from './billing.rig.js';
import { billingConclusionsContract } from './billing-conclusions.contract.js';
import { billingCustomersContract } from './billing-customers.contract.js';
import { billingEventsContract } from './billing-events.contract.js';
import { billingIntentsContract } from './billing-intents.contract.js';
import { billingPlansContract } from './billing-plans.contract.js';
import { billingStandingsContract } from './billing-standings.contract.js';
import { billingSubscriptionsContract } from './billing-subscriptions.contract.js';

const rigs = knexBillingRigs();
afterAll(rigs.close);

billingPlansContract('knex', rigs.open);
billingCustomersContract('knex', rigs.open);
billingSubscriptionsContract('knex', rigs.open);
billingIntentsContract('knex', rigs.open);
billingStandingsContract('knex', rigs.open);
billingConclusionsContract('knex', rigs.open);
billingEventsContract('knex', rigs.open);
