import { invoiceViewsContract } from './invoice-views.contract.js';
import { memoryStage } from './processor.rig.js';

invoiceViewsContract('memory', memoryStage, true);
