import * as z from 'zod';
import type { Dialect, Worded } from '../kit/dialect.js';
import { words as common, dialectOf, ErrorDto as TrainingPipesError } from '../training-pipes/dialect.js';

/** Whoever has to pay first is told where. */
export type PaymentRequired = { readonly kind: 'payment_required'; readonly checkoutUrl: string };

export const ErrorDto = TrainingPipesError.extend({
  /** With 402. */
  checkout_url: z.url().optional(),
}).meta({ id: 'Error' });

/** What each kind of failure says in this contract. A kind without words does not pass the tests. */
export const words: Readonly<Record<string, (failure: Worded) => string>> = {
  ...common,
  unauthenticated: () => 'Send the access token of POST /api/auth/login as Authorization: Bearer.',
  already_subscribed: () => 'You have a plan already: change it with POST /api/purchase/plan.',
  no_subscription: () => 'You have no plan that could be cancelled.',
  already_cancelling: () => 'The plan ends with its period already.',
  change_while_cancelling: () => 'The plan is about to end, and cannot be changed before it has.',
  already_on_plan: () => 'You are on this plan already.',
  free_plan: () => 'The plan is free: take it with POST /api/purchase/plan.',
  limit_reached: ({ decision }) =>
    decision
      ? `Your plan has nothing left of "${decision.feature}" for this; details say more.`
      : 'The limit is reached.',
  key_reused: () => 'This key came before for something else that was used.',
  payment_required: () => 'The plan has to be paid for first: go to checkout_url.',
};

const plain = dialectOf(words);

/** `{error: {code, message, details?}}`, and beside it where to pay. */
export const dialect: Dialect = {
  ...plain,
  word: (status, failure, requestId) => {
    const worded = plain.word(status, failure, requestId) as object;
    return failure.kind === 'payment_required'
      ? { ...worded, checkout_url: (failure as PaymentRequired).checkoutUrl }
      : worded;
  },
};
