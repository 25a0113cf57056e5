import { onStripe } from './stripe.rig.js';
import { usageItemsContract } from './usage-items.contract.js';
import { usageTimesContract } from './usage-items.times.contract.js';

onStripe((name, open, controlled) => {
  usageItemsContract(name, open);
  if (controlled) usageTimesContract(name, open);
});
