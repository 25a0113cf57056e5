import { metersContract } from './meters.contract.js';
import { memoryStage } from './processor.rig.js';

metersContract('memory', memoryStage, true);
