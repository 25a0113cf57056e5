import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import { HOUR, plus } from '../../../domain/shared/time.js';
import type { BillingReaders, BillingUnitOfWork } from '../../../ports/billing/unit-of-work.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { Again, ClaimedJob } from '../../../ports/shared/jobs.js';

export type ByPageDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly billing: BillingUnitOfWork;
  readonly readers: Pick<BillingReaders, 'customersAt'>;
};

/** A job, as far as it says where to go on. */
export type PageJob = Pick<ClaimedJob, 'id' | 'kind' | 'payload'>;

type Failure = { readonly kind: string };

const PAGE = 50;
/** So many in a row that do not answer: it is the processor, and not they. */
const SILENT = 3;

/** One after the other; who cannot be read is passed over, until it looks as if nobody could. */
const passOver = (
  customers: readonly Customer[],
  work: (customer: Customer) => ResultAsync<unknown, Failure>,
): ResultAsync<void, Unavailable> =>
  customers
    .reduce<ResultAsync<number, Unavailable>>(
      (before, customer) =>
        before.andThen((silent) =>
          work(customer)
            .map(() => 0)
            .orElse((cause): ResultAsync<number, Unavailable> => {
              if (cause.kind !== 'unavailable') return okAsync(silent);
              return silent + 1 < SILENT
                ? okAsync(silent + 1)
                : errAsync({ kind: 'unavailable', dependency: 'payment processor', cause });
            }),
        ),
      okAsync(0),
    )
    .map(() => undefined);

/**
 * Works on every customer that the processor knows, every hour. Each page is a job of its own, written down before
 * the page before it is done with: whoever dies leaves no more than a page to do again.
 */
export const byPage =
  (
    { clock, ids, billing, readers }: ByPageDeps,
    work: (customer: Customer, job: PageJob) => ResultAsync<unknown, Failure>,
  ) =>
  (job: PageJob): ResultAsync<Again, Unavailable> => {
    const after = job.payload['after'];
    const first = typeof after !== 'string';
    return readers
      .customersAt(PLATFORM, { size: PAGE, ...(first ? {} : { after }) })
      .andThen(({ items, next }) => {
        const rest: ResultAsync<void, Unavailable> =
          next === undefined
            ? okAsync(undefined)
            : billing.run((tx) =>
                tx.jobs.enqueue({
                  id: ids.next(),
                  kind: job.kind,
                  key: `${job.kind}:${next}`,
                  payload: { after: next },
                  runAt: clock.now(),
                }),
              );
        return rest.andThen(() => passOver(items, (customer) => work(customer, job)));
      })
      .map((): Again => (first ? { again: plus(clock.now(), HOUR) } : {}));
  };
