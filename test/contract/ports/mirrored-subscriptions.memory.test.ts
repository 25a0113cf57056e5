import { subscriptionChangesContract } from './mirrored-subscriptions.changes.contract.js';
import { mirroredSubscriptionsContract } from './mirrored-subscriptions.contract.js';
import { memoryStage } from './processor.rig.js';

mirroredSubscriptionsContract('memory', memoryStage);
subscriptionChangesContract('memory', memoryStage);
