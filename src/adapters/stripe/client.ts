import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { ConnectionRef, PaymentsNotConfigured } from '../../ports/billing/processor.js';
import type { ApiBase } from './api-base.js';
import { type CallFailure, failureOf } from './failures.js';

/** How one seller's account is reached. */
export type Connection = { readonly apiKey: string; readonly apiBase?: ApiBase | undefined };

export type StripeOptions = {
  /** Undefined: no key is set. Asked at each call, so that a key can be set and changed while it runs. */
  readonly connections: (ref: ConnectionRef) => Connection | undefined;
  /** Milliseconds that one call may take. */
  readonly timeout?: number;
};

/** What the pinned SDK speaks; an account's own default never decides what our answers look like. */
const API_VERSION = '2026-10-28.endive';
const TIMEOUT = 20_000;

/** Reaches the account of a connection. The SDK is not loaded before there is a key to use it with. */
export type Calls = <T>(
  at: ConnectionRef,
  call: (stripe: Stripe) => Promise<T>,
) => ResultAsync<T, CallFailure>;

type Made = { readonly connection: Connection; readonly stripe: Promise<Stripe> };

const same = (a: Connection, b: Connection): boolean =>
  a.apiKey === b.apiKey &&
  a.apiBase?.host === b.apiBase?.host &&
  a.apiBase?.port === b.apiBase?.port &&
  a.apiBase?.protocol === b.apiBase?.protocol;

const make = async ({ apiKey, apiBase }: Connection, timeout: number): Promise<Stripe> => {
  const { default: Sdk } = await import('stripe');
  return new Sdk(apiKey, {
    apiVersion: API_VERSION,
    timeout,
    // Trying again is for those who know what for; all it takes is the same key.
    maxNetworkRetries: 0,
    telemetry: false,
    ...apiBase,
  });
};

/** One SDK object for each connection, made anew when its key or place changes. */
export const stripeCalls = ({ connections, timeout = TIMEOUT }: StripeOptions): Calls => {
  const made = new Map<ConnectionRef, Made>();
  const clientOf = (at: ConnectionRef): ResultAsync<Promise<Stripe>, PaymentsNotConfigured> => {
    const connection = connections(at);
    if (connection === undefined || connection.apiKey === '')
      return errAsync({ kind: 'payments_not_configured' });
    const before = made.get(at);
    if (before && same(before.connection, connection)) return okAsync(before.stripe);
    const stripe = make(connection, timeout);
    made.set(at, { connection, stripe });
    return okAsync(stripe);
  };
  return (at, call) =>
    // Wrapped once more, or the promise of the client would be waited for outside of what catches.
    clientOf(at)
      .map((stripe) => ({ stripe }))
      .andThen(({ stripe }) => ResultAsync.fromPromise(stripe.then(call), failureOf));
};
