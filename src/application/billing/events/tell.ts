import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { AlreadySubscribed, BillingTx } from '../../../ports/billing/unit-of-work.js';
import type { AuditEntry } from '../../../ports/shared/audit.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';

export type Deed = Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>;

/** Who pays, and on whose behalf something is written. */
export type Telling = {
  readonly payer: AccountId;
  readonly at: Instant;
  readonly entry: (deed: Deed) => AuditEntry;
};

/** How a subscription stands with this version. */
export const stateEvent = (row: Subscription, { payer, at }: Telling): DomainEvent => ({
  stream: row.id,
  seq: row.version,
  type: `subscription.${row.status}`,
  accountId: payer,
  data: {
    status: row.status,
    cancel_at_period_end: row.cancelAtPeriodEnd,
    price_id: row.priceId ?? null,
    next_price_id: row.nextPriceId ?? null,
    period_from: row.period.start,
    period_to: row.period.end,
  },
  at,
});

type Saved = ResultAsync<Subscription, StaleVersion | AlreadySubscribed | Unavailable>;

/** One that somebody else has added meanwhile is not added again. */
const added = (tx: BillingTx, row: Subscription): Saved =>
  row.processor === undefined
    ? tx.subscriptions.add(row)
    : tx.subscriptions
        .byProcessorId(row.sellerId, row.processor.id)
        .andThen(
          (there): Saved =>
            there === undefined
              ? tx.subscriptions.add(row)
              : errAsync({ kind: 'stale_version', id: there.id }),
        );

/**
 * Whoever deletes the account waits for this unit and sees the subscription. One that was faster has left a customer
 * who pays for nothing: what the processor has is written down all the same, and that somebody should look.
 */
const holdAccount = (tx: BillingTx, after: Subscription, telling: Telling): ResultAsync<void, Unavailable> =>
  tx.accounts
    .lockLive(telling.payer)
    .map(() => undefined)
    .orElse((failure) =>
      failure.kind === 'not_found'
        ? tx.audit.record(
            telling.entry({
              accountId: telling.payer,
              action: 'subscription.without_account',
              target: after.id,
              data: { status: after.status },
            }),
          )
        : errAsync(failure),
    );

const becomesLive = (before: Subscription | undefined, after: Subscription): boolean =>
  isLive(after) && (before === undefined || !isLive(before));

/** Writes a version of a subscription with the event that tells of it; a change of status is audited too. */
export const saveSubscription = (
  tx: BillingTx,
  before: Subscription | undefined,
  after: Subscription,
  telling: Telling,
): Saved =>
  (becomesLive(before, after) ? holdAccount(tx, after, telling) : okAsync<void, Unavailable>(undefined))
    .andThen(() => (before === undefined ? added(tx, after) : tx.subscriptions.save(after)))
    .andThen((saved) =>
      tx.events
        .append(stateEvent(saved, telling))
        .andThen(() =>
          before?.status === saved.status
            ? okAsync(undefined)
            : tx.audit.record(
                telling.entry({
                  accountId: telling.payer,
                  action: 'subscription.status',
                  target: saved.id,
                  data: { from: before?.status ?? null, to: saved.status },
                }),
              ),
        )
        .map(() => saved),
    );
