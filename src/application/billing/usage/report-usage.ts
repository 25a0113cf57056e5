import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import { dayLines, type UsageSpan, usageSpans } from '../../../domain/billing/usage-lines.js';
import { DAY, plus } from '../../../domain/shared/time.js';
import type { Meters } from '../../../ports/billing/meters.js';
import type { PaymentsNotConfigured } from '../../../ports/billing/processor.js';
import type { BillingReaders, UsageLine } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Again } from '../../../ports/shared/jobs.js';
import { impossible } from '../../shared/impossible.js';
import type { BillingDeps } from '../deps.js';
import { type ByPageDeps, byPage, type PageJob } from '../events/by-page.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import { getUsage } from '../get-usage.js';

/** What reporting usage asks of the world. */
export type ReportUsageDeps = Omit<ByPageDeps, 'readers'> &
  Pick<BillingDeps, 'priceBook' | 'usage' | 'settings'> & {
    readonly readers: ByPageDeps['readers'] &
      Pick<BillingReaders, 'customer' | 'subscriptionsOf' | 'unreported'>;
    readonly processor: { readonly meters: Meters };
  };

type Failure = PaymentsNotConfigured | Unavailable;

const BATCH = 100;
/** What was used before that the processor takes no more, whatever it was refused for: it stays on record as it is. */
const TAKEN_FOR = 35 * DAY;

/** Writes down what was used in a time that is over. What is on record stays as it is. */
const intendSpan = (
  deps: ReportUsageDeps,
  { id: customerId, sellerId, payer }: Customer,
  { subscription, span }: UsageSpan,
): ResultAsync<void, Unavailable> => {
  const now = deps.clock.now();
  const asked = { from: span.start, to: span.end, granularity: 'day' } as const;
  return getUsage(deps)(asked, { accountId: payer, at: now })
    .mapErr(impossible('invalid_range'))
    .andThen(({ lines }): ResultAsync<void, Unavailable> => {
      const days = dayLines(payer, subscription, lines).map((day) => ({ ...day, sellerId, customerId }));
      return days.length === 0
        ? okAsync(undefined)
        : deps.billing.run((tx) => tx.reportedUsage.intend(days, now));
    });
};

/** Of subscriptions that carry usage on their invoices; for all others it waits, or is nobody's to pay. */
const intend =
  (deps: ReportUsageDeps) =>
  (customer: Customer): ResultAsync<void, Unavailable> =>
    deps.readers
      .subscriptionsOf(customer.sellerId, customer.id)
      .andThen((rows) =>
        usageSpans(rows, deps.clock.now()).reduce<ResultAsync<void, Unavailable>>(
          (before, span) => before.andThen(() => intendSpan(deps, customer, span)),
          okAsync(undefined),
        ),
      );

/** The one customer that a job names; one who is no more has used nothing. */
const intendOne = (deps: ReportUsageDeps, id: string): ResultAsync<Again, Unavailable> =>
  deps.readers
    .customer(PLATFORM, id)
    .andThen(intend(deps))
    .map((): Again => ({}))
    .orElse((failure) => (failure.kind === 'not_found' ? okAsync({}) : errAsync(failure)));

/** What became of a batch: lines that are reported, those that the processor will never take, and why it ended. */
type Sent = {
  readonly reported: readonly string[];
  readonly refused: readonly string[];
  readonly failure?: Failure | undefined;
};
const NOTHING: Sent = { reported: [], refused: [] };

/** One line. Its key makes it count once, however often it is sent. */
const send = (
  { readers, processor }: ReportUsageDeps,
  { id, sellerId, customerId, cents, usedAt }: UsageLine,
  before: Sent,
): ResultAsync<Sent, never> => {
  const refused = { ...before, refused: [...before.refused, id] };
  return readers
    .customer(sellerId, customerId)
    .andThen(({ processorId }) =>
      processorId === undefined
        ? okAsync(refused)
        : processor.meters
            .report(PLATFORM_CONNECTION, { key: id, customer: processorId, cents, usedAt })
            .map((): Sent => ({ ...before, reported: [...before.reported, id] })),
    )
    .orElse((failure) =>
      okAsync<Sent, never>(
        failure.kind === 'not_found' || failure.kind === 'processor_refused'
          ? refused
          : { ...before, failure },
      ),
    );
};

const sendAll = (deps: ReportUsageDeps, lines: readonly UsageLine[]): ResultAsync<Sent, never> =>
  lines.reduce<ResultAsync<Sent, never>>(
    (before, line) => before.andThen((sent) => (sent.failure ? okAsync(sent) : send(deps, line, sent))),
    okAsync(NOTHING),
  );

const settle = (
  { billing, clock }: ReportUsageDeps,
  reported: readonly string[],
): ResultAsync<void, Unavailable> =>
  reported.length === 0
    ? okAsync(undefined)
    : billing.run((tx) =>
        reported.reduce<ResultAsync<void, Unavailable>>(
          (before, id) => before.andThen(() => tx.reportedUsage.reported(PLATFORM, id, clock.now())),
          okAsync(undefined),
        ),
      );

/** Batch after batch of what waits. Lines that are refused wait on, and keep no other from its turn. */
const reportAll = (deps: ReportUsageDeps, refused: ReadonlySet<string>): ResultAsync<void, Failure> =>
  deps.readers
    .unreported(PLATFORM, BATCH + refused.size, plus(deps.clock.now(), -TAKEN_FOR))
    .andThen((waiting): ResultAsync<void, Failure> => {
      const lines = waiting.filter(({ id }) => !refused.has(id));
      if (lines.length === 0) return okAsync(undefined);
      return sendAll(deps, lines).andThen(({ reported, failure, refused: more }) =>
        settle(deps, reported).andThen(() =>
          failure ? errAsync(failure) : reportAll(deps, new Set([...refused, ...more])),
        ),
      );
    });

/**
 * Tells the processor what customers have used, every hour: first what it is, on record, then the call, then that it
 * was made. Whoever dies in between leaves lines that wait; each is sent again under its name, and counts once.
 */
export const reportUsage = (deps: ReportUsageDeps) => {
  const intendAll = byPage(deps, intend(deps));
  return (job: PageJob): ResultAsync<Again, Failure> => {
    const customer = job.payload['customer'];
    const intended = typeof customer === 'string' ? intendOne(deps, customer) : intendAll(job);
    return intended.andThen((again) => reportAll(deps, new Set()).map(() => again));
  };
};
