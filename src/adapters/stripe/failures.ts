import type {
  PaymentDeclined,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from '../../ports/billing/processor.js';
import type { Unavailable } from '../../ports/shared/failure.js';

/** All that a call may end in; ports that cannot decline or miss anything fold it down. */
export type CallFailure =
  | ProcessorMissing
  | ProcessorRefused
  | PaymentDeclined
  | PaymentsNotConfigured
  | Unavailable;

/** What the SDK's errors have, as far as it may leave this folder. */
type Told = {
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

const REASON_LENGTH = 300;
const NO_SUCH = /^No such ([\w. ]+?):/;
const NOTHING_TO_PAY_WITH = /no attached payment source or default payment method/;
const brief = (message: string): string => message.slice(0, REASON_LENGTH);

/** By its type's name and not by its class, for the SDK may not be loaded when a failure is looked at. */
const toldBy = (error: unknown): Told | undefined =>
  error instanceof Error && 'type' in error && typeof error.type === 'string'
    ? (error as Told & Error)
    : undefined;

/** The SDK's errors hold headers and requests, and those hold keys: three words are all that goes on. */
const unavailable = (error: unknown): Unavailable => {
  const told = toldBy(error);
  const cause = {
    type: told?.type ?? 'unknown',
    ...(told?.code !== undefined && { code: told.code }),
    ...(told?.requestId !== undefined && { requestId: told.requestId }),
    // Stripe keeps what broke under its key, too, and says so when it says it again.
    ...(told?.headers?.['idempotent-replayed'] === 'true' && { replayed: true }),
  };
  return { kind: 'unavailable', dependency: 'stripe', cause };
};

const refused = ({ code, message }: Told, otherwise: string): ProcessorRefused => ({
  kind: 'processor_refused',
  code: code ?? otherwise,
  reason: brief(message),
});

/**
 * `customer`, `price`: what the message names, or else the parameter that named it. The same code also says that
 * there is nothing to pay with, and that an object is there but no longer of use.
 */
const missing = (told: Told): ProcessorMissing | PaymentDeclined | ProcessorRefused => {
  if (NOTHING_TO_PAY_WITH.test(told.message))
    return { kind: 'payment_declined', code: 'payment_method_missing' };
  const what = NO_SUCH.exec(told.message)?.[1] ?? told.param;
  return what === undefined ? refused(told, 'invalid_request') : { kind: 'processor_missing', what };
};

/**
 * What an error of the SDK means. A key that is refused (401) or may not do this (403) is `unavailable` and not
 * `payments_not_configured`: there is a key, an operator has to mend it, and what waits is worth trying again then.
 * So is 409: somebody else is at work with the same key at this moment.
 */
export const failureOf = (error: unknown): CallFailure => {
  const told = toldBy(error);
  if (told === undefined) return unavailable(error);
  switch (told.type) {
    case 'StripeCardError':
      // The SDK fills what Stripe left out with an empty text.
      return { kind: 'payment_declined', code: told.decline_code || told.code || 'card_declined' };
    case 'StripeInvalidRequestError':
      return told.code === 'resource_missing' ? missing(told) : refused(told, 'invalid_request');
    case 'StripeIdempotencyError':
      return refused(told, 'idempotency_error');
    default:
      return unavailable(error);
  }
};

type Refusable = ProcessorRefused | PaymentsNotConfigured | Unavailable;

/** Where nothing is charged: a decline is one more way of saying no. */
export const neverDeclined = <E extends CallFailure>(
  failure: E,
): Exclude<E, PaymentDeclined> | ProcessorRefused =>
  failure.kind === 'payment_declined'
    ? { kind: 'processor_refused', code: failure.code, reason: 'The payment was declined.' }
    : (failure as Exclude<E, PaymentDeclined>);

/** Where nothing is looked for that could be missing. */
export const neverMissing = (failure: CallFailure): Refusable => {
  const left = neverDeclined(failure);
  return left.kind === 'processor_missing'
    ? { kind: 'processor_refused', code: 'resource_missing', reason: `There is no such ${left.what}.` }
    : left;
};

/** Where one thing is looked for by its id: that no one spells an id this way means there is none. */
export const missingOnly = (
  what: string,
): ((failure: CallFailure) => ProcessorMissing | PaymentsNotConfigured | Unavailable) => {
  return (failure) => {
    const left = neverDeclined(failure);
    return left.kind === 'processor_refused' || left.kind === 'processor_missing'
      ? { kind: 'processor_missing', what }
      : left;
  };
};
