import { memoryEntitlementsRig } from './entitlements.rig.js';
import { planLimitsContract } from './plan-limits.contract.js';
import { usageNumbersContract } from './usage-numbers.contract.js';
import { usesContract } from './uses.contract.js';

usesContract('memory', memoryEntitlementsRig);
planLimitsContract('memory', memoryEntitlementsRig);
usageNumbersContract('memory', memoryEntitlementsRig);
