import type Stripe from 'stripe';

type Plain = string | number | boolean | bigint | null | undefined;

/** What the SDK's types are before the SDK has read them: decimals are still text. */
export type Wire<T> = T extends Plain
  ? T
  : T extends Stripe.Decimal
    ? string
    : T extends readonly (infer U)[]
      ? Wire<U>[]
      : T extends object
        ? { [K in keyof T]: Wire<T[K]> }
        : T;
