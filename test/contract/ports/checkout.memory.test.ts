import { checkoutContract } from './checkout.contract.js';
import { memoryStage } from './processor.rig.js';

checkoutContract('memory', memoryStage, true);
