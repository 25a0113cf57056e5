import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { LifecycleDecision } from '../../../domain/entitlements/lifecycle.js';
import type { Failure, Worded } from '../kit/dialect.js';
import type { Problem } from '../pages/kit/form.js';
import { words as common } from '../pages/words.js';
import { presentDecision, whyBlocked } from '../training-pipes/decision.js';

type Decided = { readonly decision?: LifecycleDecision | EntitlementDecision };

/** Why what was asked for is not possible. */
const reasonOf = (failure: Failure): string => {
  const { decision } = failure as Decided;
  if (decision === undefined) return 'It is not possible as the workspace stands.';
  return 'feature' in decision ? whyBlocked(decision) : decision.explanation;
};

/** What each kind of failure says in this contract. A kind without words does not pass the tests. */
export const words: Readonly<Record<string, (failure: Worded) => string>> = {
  ...common,
  not_found: () => 'There is no such page, or it is not yours to see.',
  invalid_request: ({ problems }) =>
    problems?.length === 1 ? 'A field cannot be accepted.' : 'Some fields cannot be accepted.',
  invalid_truth: ({ problems }) =>
    problems?.length === 1
      ? 'A field does not go with this state.'
      : 'Some fields do not go with this state.',
  invalid_state: ({ field, reason }) => `The ${field} ${reason}.`,
  invalid_order: ({ field, reason }) => `The ${field} ${reason}.`,
  subscription_record_exists: () =>
    'There is a subscription on record, which says how the workspace stands. Change that one.',
  changed_meanwhile: () => 'Somebody changed this meanwhile, and nothing was changed now. Look at it again.',
  not_entitled: reasonOf,
  lifecycle_blocked: reasonOf,
  pack_altered: () =>
    'The archive is not the one that was written, and is not given out. Have the pack made anew.',
  pack_not_ready: ({ status }) => `The pack is ${status}: there is nothing to download.`,
};

export const messageOf = (failure: Failure): string =>
  words[failure.kind]?.(failure as Worded) ?? failure.kind;

/** A failure as a form tells of it. */
export const problemOf = (failure: Failure & { readonly field?: string | undefined }): Problem => ({
  field: failure.field,
  message: messageOf(failure),
});

/** The decision that a refusal rests on, in wire form. */
export const decisionOf = (failure: Failure): Readonly<Record<string, unknown>> | undefined => {
  const { decision } = failure as Decided;
  if (decision === undefined) return undefined;
  if ('feature' in decision) return presentDecision(decision);
  const { state, source, outcome, explanation } = decision;
  return { lifecycle_state: state, source, outcome, explanation };
};
