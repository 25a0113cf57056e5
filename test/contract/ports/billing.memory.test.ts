import { memoryBillingRig } from './billing.rig.js';
import { billingConclusionsContract } from './billing-conclusions.contract.js';
import { billingCustomersContract } from './billing-customers.contract.js';
import { billingEventsContract } from './billing-events.contract.js';
import { billingIntentsContract } from './billing-intents.contract.js';
import { billingPlansContract } from './billing-plans.contract.js';
import { billingStandingsContract } from './billing-standings.contract.js';
import { billingSubscriptionsContract } from './billing-subscriptions.contract.js';

billingPlansContract('memory', memoryBillingRig);
billingCustomersContract('memory', memoryBillingRig);
billingSubscriptionsContract('memory', memoryBillingRig);
billingIntentsContract('memory', memoryBillingRig);
billingStandingsContract('memory', memoryBillingRig);
billingConclusionsContract('memory', memoryBillingRig);
billingEventsContract('memory', memoryBillingRig);
