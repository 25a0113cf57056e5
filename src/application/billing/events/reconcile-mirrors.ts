import { bySystem } from '../../shared/record.js';
import { type ByPageDeps, byPage } from './by-page.js';
import { type MirrorDeps, mirrorCustomer } from './mirror-customer.js';

/** What the job asks of the world. */
export type ReconcileDeps = Omit<MirrorDeps, 'readers'> & {
  readonly readers: MirrorDeps['readers'] & ByPageDeps['readers'];
};

/** Looks at every customer as if a webhook had come: so that one that was lost is lost for an hour at most. */
export const reconcileMirrors = (deps: ReconcileDeps) =>
  byPage(deps, (customer, job) =>
    mirrorCustomer(deps)(customer, { entry: (deed) => bySystem(deed, deps.clock.now(), job.id) }),
  );
