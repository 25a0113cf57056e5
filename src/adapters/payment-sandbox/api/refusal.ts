import type Stripe from 'stripe';

type Kind = Stripe.StripeRawError['type'];

/** An answer that says no, in Stripe's form. */
export type Refusal = {
  readonly status: 400 | 401 | 402 | 404 | 409 | 413 | 429 | 500;
  readonly type: Kind;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
};

/** As it goes out. */
export const refusalWire = ({ status: _status, ...error }: Refusal) => ({ error });

/** The request as it stands can never be carried out. */
export const invalid = (message: string, more: { code?: string; param?: string } = {}): Refusal => ({
  status: 400,
  type: 'invalid_request_error',
  message,
  ...more,
});

/** There is no such thing; 400 where a field names it, 404 where the path does. */
export const missing = (what: string, id: string, param = 'id'): Refusal => ({
  status: param === 'id' ? 404 : 400,
  type: 'invalid_request_error',
  code: 'resource_missing',
  message: `No such ${what}: '${id}'`,
  param,
});

const DECLINES = {
  declined: { decline_code: 'generic_decline', message: 'Your card was declined.' },
  insufficient_funds: { decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.' },
} as const;

export type Decline = keyof typeof DECLINES;

/** The bank says no. */
export const declined = (why: Decline): Refusal => ({
  status: 402,
  type: 'card_error',
  code: 'card_declined',
  ...DECLINES[why],
});

/** A charge was not paid: by the bank's word, or because there is no card to charge. */
export const unpaid = (why: Decline | 'no_card'): Refusal =>
  why === 'no_card'
    ? invalid(
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
        { code: 'resource_missing' },
      )
    : declined(why);
