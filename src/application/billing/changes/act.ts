import { errAsync, type ResultAsync } from 'neverthrow';
import { type Instant, instant } from '../../../domain/shared/time.js';
import type { Catalogue } from '../../../ports/billing/catalogue.js';
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
import { usagePrice } from '../usage/usage-price.js';

/** Of the plan; `usage` is the name of the price by usage that goes with it. */
type Prices = { readonly price: string; readonly usage?: string | undefined };

/** What shall be done to one subscription: an intent that a payer waits for. */
export type Change =
  | (Prices & { readonly kind: 'change_plan'; readonly at: Instant })
  /** `priceId`: ours, of the price that takes over; undefined: none does, whatever was planned. */
  | (Prices & { readonly kind: 'change_plan_later'; readonly priceId?: string | undefined })
  | { readonly kind: 'add_usage'; readonly usage: string }
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
  ...('usage' in change && change.usage !== undefined && { usage: change.usage }),
  ...('at' in change && { at: String(change.at) }),
  ...('priceId' in change && change.priceId !== undefined && { priceId: change.priceId }),
});

type Acts = {
  readonly subscriptions: MirroredSubscriptions;
  readonly catalogue: Pick<Catalogue, 'ensureUsagePrice'>;
};
type Acted = ResultAsync<SubscriptionView, Refusal | Unavailable>;

/** Another price for the plan, or for what is used beside it: of one name there is always the same. */
const changePrices = ({ subscriptions, catalogue }: Acts, { id: key, kind, data }: BillingIntent): Acted =>
  usagePrice(catalogue, data['usage']).andThen((usage): Acted => {
    const { subscription: id = '', price = '' } = data;
    if (kind === 'add_usage')
      return subscriptions
        .addUsage(PLATFORM_CONNECTION, { key, id, usage: usage ?? '' })
        .mapErr(neverMissing);
    return kind === 'change_plan'
      ? subscriptions
          .changePrice(PLATFORM_CONNECTION, { key, id, price, usage, at: instant(Number(data['at'])) })
          .mapErr(neverMissing)
      : subscriptions
          .changePriceAtPeriodEnd(PLATFORM_CONNECTION, { key, id, price, usage })
          .mapErr(neverMissing);
  });

/** Does what an intent says, with its id as the key: once, however often it is asked for. */
export const act =
  (processor: Acts) =>
  (intent: BillingIntent): Acted => {
    const { id: key, kind, data } = intent;
    const cancelling = (cancel: boolean) =>
      processor.subscriptions
        .setCancelAtPeriodEnd(PLATFORM_CONNECTION, { key, id: data['subscription'] ?? '', cancel })
        .mapErr(neverMissing);
    switch (kind) {
      case 'change_plan':
      case 'change_plan_later':
      case 'add_usage':
        return changePrices(processor, intent);
      case 'cancel':
        return cancelling(true);
      case 'resume':
        return cancelling(false);
      case 'checkout':
      case 'end_surplus':
        return errAsync({ kind: 'processor_refused', code: 'no_change', reason: `${kind} is no change` });
    }
  };

/** A subscription with the price that is planned for it. */
export type Looked = SubscriptionView & { readonly planned?: string | undefined };

/** True when the view shows what the intent was for. */
export const isDone = ({ kind, data }: BillingIntent, view: Looked | undefined): boolean => {
  if (view === undefined) return false;
  // Planned, or come true meanwhile; back to the price it has is no plan at all.
  if (kind === 'change_plan_later') return (view.planned ?? view.price) === data['price'];
  if (kind === 'cancel' || kind === 'resume') return view.cancelAtPeriodEnd === (kind === 'cancel');
  if (kind === 'add_usage') return view.usage !== undefined;
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
