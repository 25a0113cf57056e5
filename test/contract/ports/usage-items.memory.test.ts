import { memoryStage } from './processor.rig.js';
import { usageItemsContract } from './usage-items.contract.js';
import { usageTimesContract } from './usage-items.times.contract.js';

usageItemsContract('memory', memoryStage);
usageTimesContract('memory', memoryStage);
