import { catalogueContract } from './catalogue.contract.js';
import { memoryStage } from './processor.rig.js';

catalogueContract('memory', memoryStage, true);
