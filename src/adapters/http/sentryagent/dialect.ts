import * as z from 'zod';
import type { Dialect, FieldProblem, Worded } from '../kit/dialect.js';

export const ErrorDto = z
  .object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ErrorResponse' });

type Wording = { readonly code: string; readonly message: (failure: Worded) => string };

const worded = (code: string, message: string | ((failure: Worded) => string)): Wording => ({
  code,
  message: typeof message === 'string' ? () => message : message,
});
const invalid = (message: string | ((failure: Worded) => string)) => worded('VALIDATION_ERROR', message);
const stripe = (message: string | ((failure: Worded) => string)) => worded('STRIPE_ERROR', message);
const broken = worded(
  'INTERNAL_SERVER_ERROR',
  'Something went wrong on our side; quote the X-Request-Id of this reply.',
);

/** One field speaks for itself, as the published example has it. */
const fieldsRefused = ({ problems = [] }: Worded): string =>
  problems.length === 1 && problems[0]
    ? problems[0].message
    : 'The request has fields that cannot be accepted.';

/** The literal code and the words of each kind of failure. A kind without them does not pass the tests. */
export const words: Readonly<Record<string, Wording>> = {
  unauthenticated: worded('UNAUTHORIZED', 'Send a valid access token as Authorization: Bearer.'),
  forbidden: worded('FORBIDDEN', ({ needs }) => `This needs ${needs}.`),
  malformed_document: invalid(({ reason }) => reason ?? 'The body cannot be read.'),
  invalid_request: invalid(fieldsRefused),
  organization_missing: invalid('organization_id is required in token.'),
  organization_needed: worded('FORBIDDEN', 'This needs a token of an organization.'),
  url_not_allowed: invalid(({ reason }) => `The URL ${reason}.`),
  signature_missing: invalid('Missing Stripe-Signature header.'),
  signature_invalid: worded('STRIPE_SIGNATURE_INVALID', 'The signature does not hold for this body.'),
  malformed_event: invalid(({ reason }) => `The payload is no event: ${reason}.`),
  event_in_flight: worded(broken.code, 'The event is being processed at this moment; send it again.'),
  events_unavailable: worded(broken.code, 'The event cannot be processed at the moment; send it again.'),
  usage_unavailable: worded(broken.code, 'Usage cannot be read at the moment; try again.'),
  already_subscribed: worded('ALREADY_SUBSCRIBED', 'The organization has a subscription already.'),
  price_unknown: stripe('There is no plan on sale to upgrade to.'),
  payments_not_configured: stripe('Payments are not set up here.'),
  processor_refused: stripe(({ reason }) => `Stripe refused it: ${reason}`),
  processor_unavailable: stripe('Stripe cannot be reached at the moment; try again.'),
  body_too_large: worded(
    'PAYLOAD_TOO_LARGE',
    ({ maxBytes }) => `The body may have at most ${maxBytes} bytes.`,
  ),
  rate_limited: worded('RATE_LIMITED', 'Too many requests: wait as long as Retry-After says.'),
  unavailable: worded('SERVICE_UNAVAILABLE', 'The service cannot answer at the moment; try again.'),
  stale_version: worded('SERVICE_UNAVAILABLE', 'It was changed at the same moment; try again.'),
  idempotency_key_reused: worded(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key came before with another request.',
  ),
  idempotency_in_progress: worded(
    'IDEMPOTENCY_IN_PROGRESS',
    'The first request with this Idempotency-Key is still at work.',
  ),
  internal: broken,
};

/** The names that the contract has for what billing calls otherwise. */
const FIELDS: Readonly<Record<string, string>> = { success_url: 'successUrl', cancel_url: 'cancelUrl' };

const problemsOf = (
  { kind, problems, field }: Worded,
  message: string,
): readonly FieldProblem[] | undefined => {
  if (problems) return problems;
  return kind === 'url_not_allowed' && field !== undefined
    ? [{ field: FIELDS[field] ?? field, message }]
    : undefined;
};

/** `{code, message, details?}`; details name the fields. */
export const dialect: Dialect = {
  statuses: { document: 400, fields: 400 },
  word: (_status, failure: Worded) => {
    const { code, message } = words[failure.kind] ?? broken;
    const text = message(failure);
    const fields = problemsOf(failure, text);
    return { code, message: text, ...(fields && { details: { fields } }) };
  },
};
