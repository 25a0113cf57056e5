import { errAsync, type ResultAsync } from 'neverthrow';
import { type Instant, instant } from '../../../domain/shared/time.js';
import type {
  MirroredSubscriptions,
  SubscriptionView,
} from '../../../ports/billing/mirrored-subscriptions.js';
import type {
  PaymentDeclined,
  PaymentsNotConfigured,
  ProcessorRefused,
} from '../../../ports/billing/processor.js';
import type { BillingIntent, IntentOutcome } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import { neverMissing } from '../failures.js';

/** What shall be done to one subscription: an intent that a payer waits for. */
export type Change =
  | { readonly kind: 'change_plan'; readonly price: string; readonly at: Instant }
  /** `priceId`: ours, of the price that takes over; undefined: none does, whatever was planned. */
  | { readonly kind: 'change_plan_later'; readonly price: string; readonly priceId?: string | undefined }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'resume' };

/** Our row, and the processor's id of it. */
export type Target = { readonly row: string; readonly subscription: string };

/** A definite no: nothing was done, and the same key will never do it. */
export type Refusal = PaymentDeclined | PaymentsNotConfigured | ProcessorRefused;

export const isChange = ({ kind }: BillingIntent): boolean => kind !== 'checkout' && kind !== 'end_surplus';

/** A change in the words an intent keeps. */
export const dataOf = ({ row, subscription }: Target, change: Change): BillingIntent['data'] => ({
  row,
  subscription,
  ...('price' in change && { price: change.price }),
  ...('at' in change && { at: String(change.at) }),
  ...('priceId' in change && change.priceId !== undefined && { priceId: change.priceId }),
});

/** Does what an intent says, with its id as the key: once, however often it is asked for. */
export const act =
  (subscriptions: MirroredSubscriptions) =>
  ({ id: key, kind, data }: BillingIntent): ResultAsync<SubscriptionView, Refusal | Unavailable> => {
    const id = data['subscription'] ?? '';
    const price = data['price'] ?? '';
    const cancelling = (cancel: boolean) =>
      subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, { key, id, cancel }).mapErr(neverMissing);
    switch (kind) {
      case 'change_plan': {
        const at = instant(Number(data['at']));
        return subscriptions.changePrice(PLATFORM_CONNECTION, { key, id, price, at }).mapErr(neverMissing);
      }
      case 'change_plan_later':
        return subscriptions
          .changePriceAtPeriodEnd(PLATFORM_CONNECTION, { key, id, price })
          .mapErr(neverMissing);
      case 'cancel':
        return cancelling(true);
      case 'resume':
        return cancelling(false);
      case 'checkout':
      case 'end_surplus':
        return errAsync({ kind: 'processor_refused', code: 'no_change', reason: `${kind} is no change` });
    }
  };

/** True when the view shows what the intent was for. */
export const isDone = ({ kind, data }: BillingIntent, view: SubscriptionView | undefined): boolean => {
  if (view === undefined) return false;
  if (kind === 'cancel' || kind === 'resume') return view.cancelAtPeriodEnd === (kind === 'cancel');
  return kind === 'change_plan' && view.price === data['price'];
};

/** A refusal in the words an outcome keeps, and back. */
export const failed = (refusal: Refusal): IntentOutcome => ({
  state: 'failed',
  data: {
    kind: refusal.kind,
    ...('code' in refusal && { code: refusal.code }),
    ...('reason' in refusal && { reason: refusal.reason }),
  },
});

export const refusalOf = ({ data = {} }: IntentOutcome): Refusal => {
  const code = data['code'] ?? 'unknown';
  if (data['kind'] === 'payment_declined') return { kind: 'payment_declined', code };
  return data['kind'] === 'payments_not_configured'
    ? { kind: 'payments_not_configured' }
    : { kind: 'processor_refused', code, reason: data['reason'] ?? 'The change was not made.' };
};
