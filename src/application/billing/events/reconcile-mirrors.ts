import { okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { bySystem } from '../../shared/record.js';
import { type ByPageDeps, byPage, type PageJob } from './by-page.js';
import { type MirrorDeps, mirrorCustomer } from './mirror-customer.js';

/** What the job asks of the world. */
export type ReconcileDeps = Omit<MirrorDeps, 'readers'> & {
  readonly readers: MirrorDeps['readers'] & ByPageDeps['readers'];
};

/** What is put right once a customer's rows, newest first, are as the processor has them. */
export type Then = (
  customer: Customer,
  rows: readonly Subscription[],
  job: PageJob,
) => ResultAsync<unknown, { readonly kind: string }>;

/** Looks at every customer as if a webhook had come: so that one that was lost is lost for an hour at most. */
export const reconcileMirrors = (deps: ReconcileDeps, then: Then = () => okAsync(undefined)) =>
  byPage(deps, (customer, job) =>
    mirrorCustomer(deps)(customer, {
      entry: (deed) => bySystem(deed, deps.clock.now(), job.id),
      payerToo: true,
    }).andThen((rows) => then(customer, rows, job)),
  );
