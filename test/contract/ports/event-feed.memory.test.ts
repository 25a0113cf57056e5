import { eventFeedContract } from './event-feed.contract.js';
import { memoryFleetRig } from './fleet.rig.js';

eventFeedContract('memory', memoryFleetRig);
