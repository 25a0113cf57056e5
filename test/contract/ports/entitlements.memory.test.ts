import { memoryEntitlementsRig } from './entitlements.rig.js';
import { entitlementsCatalogueContract } from './entitlements-catalogue.contract.js';
import { entitlementsCountsContract } from './entitlements-counts.contract.js';
import { entitlementsFactsContract } from './entitlements-facts.contract.js';
import { entitlementsGrantsContract } from './entitlements-grants.contract.js';
import { entitlementsInStepContract } from './entitlements-in-step.contract.js';
import { entitlementsReservationsContract } from './entitlements-reservations.contract.js';
import { entitlementsUsageContract } from './entitlements-usage.contract.js';

entitlementsCatalogueContract('memory', memoryEntitlementsRig);
entitlementsUsageContract('memory', memoryEntitlementsRig);
entitlementsReservationsContract('memory', memoryEntitlementsRig);
entitlementsFactsContract('memory', memoryEntitlementsRig);
entitlementsCountsContract('memory', memoryEntitlementsRig);
entitlementsGrantsContract('memory', memoryEntitlementsRig);
entitlementsInStepContract('memory', memoryEntitlementsRig);
