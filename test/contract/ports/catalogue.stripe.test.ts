import { catalogueContract } from './catalogue.contract.js';
import { onStripe } from './stripe.rig.js';

onStripe(catalogueContract);
