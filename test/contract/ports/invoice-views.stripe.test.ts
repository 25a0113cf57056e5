import { invoiceViewsContract } from './invoice-views.contract.js';
import { onStripe } from './stripe.rig.js';

onStripe(invoiceViewsContract);
