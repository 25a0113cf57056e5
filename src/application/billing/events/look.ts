import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { ViewedSubscription } from '../../../domain/billing/mirror.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { MirroredSubscriptions } from '../../../ports/billing/mirrored-subscriptions.js';
import type { PaymentsNotConfigured, ProcessorRefused } from '../../../ports/billing/processor.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { PLATFORM_CONNECTION } from './connections.js';

type Looks = Pick<MirroredSubscriptions, 'ofCustomer' | 'get'>;
type Failure = ProcessorRefused | PaymentsNotConfigured | Unavailable;

/** `known`: there is such a customer, in whatever account the key in use belongs to. */
type Listed = { readonly known: boolean; readonly seen: readonly ViewedSubscription[] };

const list = ({ ofCustomer }: Looks, processorId: string): ResultAsync<Listed, Failure> =>
  ofCustomer(PLATFORM_CONNECTION, processorId)
    .map((seen): Listed => ({ known: true, seen }))
    .orElse((failure) =>
      failure.kind === 'processor_missing' ? ok({ known: false, seen: [] }) : err(failure),
    );

/** Gone from an account that does know the customer: it is over. */
const gone = (
  row: Subscription,
  processor: NonNullable<Subscription['processor']>,
  at: Instant,
): ViewedSubscription => ({
  id: processor.id,
  status: 'canceled',
  cancelAtPeriodEnd: false,
  price: processor.priceId,
  period: row.period,
  createdAt: row.startedAt,
  endedAt: at,
  labels: {},
});

/**
 * One that is not in the list is asked for by name. That an account knows neither customer nor subscription says
 * that a wrong key is in use, and ends nothing.
 */
const byName = (
  { get }: Looks,
  row: Subscription,
  known: boolean,
  at: Instant,
): ResultAsync<readonly ViewedSubscription[], Failure> => {
  const { processor } = row;
  if (processor === undefined) return okAsync([]);
  return get(PLATFORM_CONNECTION, processor.id)
    .map((seen): readonly ViewedSubscription[] => [seen])
    .orElse((failure) => {
      if (failure.kind !== 'processor_missing') return err(failure);
      return ok(known ? [gone(row, processor, at)] : []);
    });
};

/** What the processor has of a customer at this moment, newest first, with all that we take for not ended. */
export const look = (
  looks: Looks,
  { processorId }: Customer,
  rows: readonly Subscription[],
  at: Instant,
): ResultAsync<readonly ViewedSubscription[], Failure> =>
  processorId === undefined
    ? okAsync([])
    : list(looks, processorId).andThen(({ known, seen }) => {
        const listed = new Set(seen.map(({ id }) => id));
        const unlisted = rows.filter(
          ({ status, processor }) =>
            status !== 'ended' && processor !== undefined && !listed.has(processor.id),
        );
        return ResultAsync.combine(unlisted.map((row) => byName(looks, row, known, at))).map((found) => [
          ...seen,
          ...found.flat(),
        ]);
      });
