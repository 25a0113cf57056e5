import { checkoutContract } from './checkout.contract.js';
import { onStripe } from './stripe.rig.js';

onStripe(checkoutContract);
