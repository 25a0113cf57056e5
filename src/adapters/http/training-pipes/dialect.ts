import * as z from 'zod';
import type { Dialect, FieldProblem, Worded } from '../kit/dialect.js';
import { DecisionDto, presentDecision, whyBlocked } from './decision.js';

export const ErrorDto = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      /** Of a refusal by a limit: the decision. */
      details: z
        .union([z.array(z.object({ field: z.string(), message: z.string() })), DecisionDto])
        .optional(),
    }),
  })
  .meta({ id: 'Error' });

/** These say it in a sentence of their own. */
const because = ({ reason = '' }: Worded): string => reason;
const refusedBy = ({ decision }: Worded): string =>
  decision ? whyBlocked(decision) : 'The limit is reached.';

/** What each kind of failure says in this contract. A kind without words does not pass the tests. */
export const words: Readonly<Record<string, (failure: Worded) => string>> = {
  unauthenticated: () => 'Send a valid access token or API key as Authorization: Bearer.',
  rate_limited: () => 'Too many requests: wait as long as Retry-After says.',
  malformed_document: ({ reason }) => reason ?? 'The body cannot be read.',
  invalid_request: ({ problems }) =>
    `The request has ${problems?.length === 1 ? 'a field' : 'fields'} that cannot be accepted.`,
  body_too_large: ({ maxBytes }) => `The body may have at most ${maxBytes} bytes.`,
  not_found: () => 'There is no such resource.',
  method_not_allowed: () => 'The resource does not take this method.',
  forbidden: ({ needs }) => `This needs ${needs === 'owner' ? 'the role "owner"' : needs}.`,
  internal: () => 'Something went wrong on our side; quote the X-Request-Id of this reply.',
  unavailable: () => 'The service cannot answer at the moment; try again.',
  stale_version: () => 'The resource was changed at the same moment; read it and try again.',
  idempotency_key_reused: () => 'This Idempotency-Key came before with another request.',
  idempotency_in_progress: () => 'The first request with this Idempotency-Key is still at work.',
  invalid_page_token: () => 'The page token is not one of this list.',
  invalid_email: () => 'The address is not an e-mail address.',
  email_taken: () => 'A user with this e-mail address exists.',
  registration_closed: () => 'Registration is by invitation only.',
  invalid_invitation: () => 'The invitation is unknown, used or expired.',
  invalid_credentials: () => 'The e-mail address or the password is wrong.',
  invalid_code: () => 'The code is unknown, used or expired.',
  wrong_password: () => 'The current password is wrong.',
  already_member: () => 'This user is a member or invited already.',
  not_invited: () => 'Only an open invitation can be sent again.',
  last_owner: () => 'A project keeps at least one owner.',
  project_not_empty: ({ state }) =>
    state === 'subscribed'
      ? 'The project has a live subscription: cancel its plan, and wait until the paid period ends.'
      : 'Delete the resources in the project first.',
  unknown_project: () => 'The project does not exist, or you are not a member of it.',
  beyond_own_rights: ({ field }) => `An API key cannot make one with more rights than its own (${field}).`,
  expiry_in_past: () => 'expires_at must lie in the future.',
  quota_exceeded: refusedBy,
  limit_reached: refusedBy,
  bucket_name_taken: () => 'The project has a bucket of this name.',
  invalid_bucket_name: ({ reason }) => `The bucket name ${reason}.`,
  unknown_region: ({ known }) => `The region must be one of: ${known?.join(', ')}.`,
  bucket_not_active: ({ status }) => `The bucket is ${status}.`,
  invalid_connection: ({ field, reason }) => `The ${field} ${reason}.`,
  bucket_mounted: () => 'A file system shows the bucket: delete that first.',
  connection_mounted: () => 'A file system works through the connection: delete that first.',
  store_denied: ({ reason }) => `The store itself refuses this to the credentials in use: ${reason}.`,
  invalid_key: ({ field, reason }) => `The ${field} ${reason}.`,
  invalid_link: ({ field, reason }) => `The ${field} ${reason}.`,
  invalid_source: ({ field, reason }) => `The ${field} ${reason}.`,
  source_not_found: ({ field }) => `The ${field} names nothing in this project.`,
  source_not_ready: ({ reason }) => `It cannot be shown as a file system: ${reason}.`,
  unknown_instance_type: ({ known }) => `The instance type must be one of: ${known?.join(', ')}.`,
  provider_not_configured: ({ provider, hint }) => `The provider "${provider}" is not set up here: ${hint}.`,
  not_entitled: (failure) => `${refusedBy(failure).replace(/\.$/, '')}: ${failure.reason}.`,
  file_system_not_running: ({ status }) =>
    `Only a running file system can be flushed; this one is ${status}.`,
  file_system_terminating: () => 'The file system is being deleted.',
  file_system_attached: () => 'Another gateway serves the file system: detach it there, or stop it, first.',
  file_system_not_attached: () => 'The gateway does not serve this file system.',
  gateway_in_use: () => 'File systems are attached to the gateway: detach them first.',
  gateway_terminating: () => 'The gateway is being deleted.',
  payments_not_configured: () => 'Payments are not set up here.',
  processor_refused: ({ code, reason }) => `The payment processor refuses this (${code}): ${reason}`,
  payment_declined: ({ code }) => `The payment was declined (${code}).`,
  url_not_allowed: ({ field, reason }) => `The ${field} ${reason}.`,
  price_unknown: () => 'The price is not one that is on sale here.',
  already_subscribed: () => 'The project is subscribed already: change its plan instead.',
  no_customer: () => 'The project has not paid for anything yet.',
  no_subscription: () => 'The project has no active subscription.',
  same_price: () => 'The subscription has this price already.',
  quote_expired: () => 'The preview no longer holds: ask for another one.',
  change_in_progress: () => 'The subscription is being changed at this moment.',
  change_while_cancelling: () => 'The subscription is about to end: resume it first.',
  already_cancelling: () => 'The subscription ends with its period already.',
  not_cancelling: () => 'The subscription is not about to end.',
  plan_name_taken: () => 'There is a plan of this name.',
  price_taken: ({ processorId }) => `Another plan has the price ${processorId}.`,
  price_not_usable: ({ field, reason }) => `The ${field} ${reason}.`,
  signature_missing: () => 'The request is not signed.',
  signature_invalid: () => 'The signature does not hold for these bytes, or not any more.',
  malformed_event: ({ reason }) => `The body ${reason}.`,
  event_in_flight: () => 'The event is at work at this moment: send it again later.',
  invalid_flags: because,
  feature_name_taken: () => 'There is a feature of this name.',
  feature_in_use: () => 'Plans, accounts or this server itself have the feature: what it is cannot change.',
  plan_unknown: () => 'There is no such plan.',
  feature_unknown: () => 'There is no such feature.',
  value_not_fitting: because,
  plan_feature_taken: () => 'The plan has this feature already: change what it says.',
  not_metered: because,
  not_in_plan: () => 'The plan of the project does not include the feature.',
  not_reservable: because,
  invalid_value: because,
  key_reused: () => 'This key came before for another feature, value or moment.',
  batch_too_large: ({ limit }) => `At most ${limit} events can be sent at once.`,
  reservation_over: ({ state }) => `The reservation is ${state}.`,
  link_invalid: () => 'The link does not hold, or not any more.',
  folder_too_large: ({ limit }) => `A folder of more than ${limit} objects cannot be downloaded as one.`,
  delete_incomplete: ({ deleted, failed }) =>
    `${deleted} objects are deleted, ${failed} could not be; details names the first of them.`,
  object_too_large: ({ maxBytes }) => `An object may have at most ${maxBytes} bytes.`,
  body_mismatch: ({ reason }) => `The upload was not stored: ${reason}.`,
  checksum_mismatch: ({ field }) =>
    `The upload was not stored: its bytes are not those that ${field} tells of.`,
  storage_quota_exceeded: (failure) =>
    failure.decision?.feature === 'storage_bytes' && failure.decision.reason === 'limit_reached'
      ? `The project may store at most ${failure.decision.limit} bytes.`
      : refusedBy(failure),
  store_full: () => 'The store has no room left.',
  precondition_failed: () => 'The object is not the version that was asked for.',
  invalid_range: ({ field, reason }) => `The ${field} ${reason}.`,
  range_unsatisfiable: () => 'The range lies outside the object.',
};

/** The field a failure is about, for those the use cases name. */
const FIELDS: Readonly<Record<string, string>> = {
  unknown_project: 'project_id',
  expiry_in_past: 'expires_at',
  invalid_page_token: 'page_token',
  invalid_invitation: 'token',
  invalid_code: 'token',
  wrong_password: 'current_password',
  same_price: 'price_id',
  quote_expired: 'quoted_at',
  plan_unknown: 'subscription_plan_id',
};

const detailsOf = (
  failure: Worded,
  message: string,
): readonly FieldProblem[] | z.input<typeof DecisionDto> | undefined => {
  if (failure.decision) return presentDecision(failure.decision);
  if (failure.problems) return failure.problems;
  if (failure.keys) return failure.keys.map((key) => ({ field: 'key', message: key }));
  const field = failure.field ?? FIELDS[failure.kind];
  return field === undefined ? undefined : [{ field, message }];
};

/** `{error: {code, message, details?}}`; the code is the kind of failure. */
export const dialectOf = (wording: typeof words): Dialect => ({
  statuses: { document: 400, fields: 400 },
  word: (_status, failure: Worded) => {
    const message = wording[failure.kind]?.(failure) ?? failure.kind;
    const details = detailsOf(failure, message);
    return { error: { code: failure.kind, message, ...(details && { details }) } };
  },
});

export const dialect = dialectOf(words);
