import { subscriptionChangesContract } from './mirrored-subscriptions.changes.contract.js';
import { mirroredSubscriptionsContract } from './mirrored-subscriptions.contract.js';
import { onStripe } from './stripe.rig.js';

onStripe((name, open, controlled) => {
  mirroredSubscriptionsContract(name, open);
  if (controlled) subscriptionChangesContract(name, open);
});
