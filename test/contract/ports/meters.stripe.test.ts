import { metersContract } from './meters.contract.js';
import { onStripe } from './stripe.rig.js';

onStripe(metersContract);
