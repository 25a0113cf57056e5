import type { Worded } from '../kit/dialect.js';
import type { Problem } from './kit/form.js';
import { whyRefused } from './limit-words.js';

const refusedBy = ({ decision }: Worded): string =>
  decision ? whyRefused(decision) : 'The project has reached its limit.';

/** What each kind of failure says to a person. A kind without words does not pass the tests. */
export const words: Readonly<Record<string, (failure: Worded) => string>> = {
  unauthenticated: () => 'Your session has ended. Sign in again to go on.',
  rate_limited: () => 'That was too often. Wait a while, then try again.',
  malformed_document: ({ reason }) => reason ?? 'The form cannot be read.',
  malformed_form: ({ reason }) => reason ?? 'The form cannot be read.',
  invalid_request: ({ problems }) =>
    `The request cannot be understood: ${problems?.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`,
  body_too_large: () => 'The form is too large.',
  not_found: () => 'There is no such page, or it is not yours to see.',
  method_not_allowed: () => 'This page does not work that way.',
  forbidden: ({ needs }) => `This needs ${needs}.`,
  forged: () => 'The form was out of date. Go back, load the page anew, and send it again.',
  internal: () => 'Something went wrong on our side.',
  unavailable: () => 'The service cannot answer at the moment. Try again.',
  stale_version: () => 'Somebody changed this at the same moment. Try again.',
  idempotency_key_reused: () => 'This form was sent before with other contents.',
  idempotency_in_progress: () => 'This form is being worked on already.',
  invalid_page_token: () => 'The link to this page of the list is out of date. Begin with the first page.',
  invalid_field: ({ reason }) => reason ?? 'This field cannot be accepted.',
  invalid_email: () => 'Enter an e-mail address like name@example.com.',
  email_taken: () => 'There is a user with this e-mail address already.',
  registration_closed: () => 'Signing up is by invitation only here.',
  invalid_invitation: () => 'The invitation is unknown, used or expired.',
  invalid_credentials: () => 'The e-mail address or the password is wrong.',
  quota_exceeded: refusedBy,
  bucket_name_taken: () => 'The project has a bucket of this name already.',
  invalid_bucket_name: ({ reason }) => `The name ${reason}.`,
  unknown_region: ({ known }) => `The region must be one of: ${known?.join(', ')}.`,
  invalid_connection: ({ reason }) => `This field ${reason}.`,
  bucket_mounted: () => 'A file system shows the bucket. Delete that first.',
  connection_mounted: () => 'A file system uses the connection. Detach it there first.',
  bucket_not_active: ({ status }) => `The bucket is ${status}.`,
  source_not_found: () => 'What it is to show is not there any more.',
  source_not_ready: ({ reason }) => `It cannot be shown as a file system: ${reason}.`,
  unknown_instance_type: ({ known }) => `The instance type must be one of: ${known?.join(', ')}.`,
  provider_not_configured: ({ hint }) => `No gateway can be run here: ${hint}.`,
  not_entitled: (failure) => `${refusedBy(failure).replace(/\.$/, '')}: ${failure.reason}.`,
  file_system_not_running: ({ status }) =>
    `Only a running file system can be flushed, and this one is ${status}.`,
  file_system_terminating: () => 'The file system is being deleted.',
  file_system_attached: () => 'Another gateway serves the file system. Stop it, or detach it there, first.',
  file_system_not_attached: () => 'That gateway does not serve the file system any more.',
  gateway_terminating: () => 'The gateway is being deleted.',
  invalid_range: ({ field, reason }) => `${field === 'to' ? 'To' : 'From'} ${reason}.`,
  invalid_key: ({ reason }) => `The name ${reason}.`,
  folder_too_large: ({ limit }) => `A folder of more than ${limit} files cannot be downloaded as one.`,
  delete_incomplete: ({ deleted, failed }) =>
    `${deleted} files are deleted, ${failed} could not be. Try again.`,
  object_too_large: ({ maxBytes }) => `A file may have at most ${maxBytes} bytes.`,
  body_mismatch: () => 'The upload broke off and was not stored.',
  storage_quota_exceeded: refusedBy,
  store_full: () => 'The store has no room left.',
  store_denied: ({ reason }) => `The store does not allow this: ${reason}.`,
  payments_not_configured: () => 'Nothing can be paid for here yet: no payment processor is set up.',
  processor_refused: ({ reason }) => `The payment processor refused: ${reason}`,
  payment_declined: () =>
    'The payment was declined, and nothing was changed. Look after your card, then try again.',
  url_not_allowed: ({ reason }) => `The processor cannot lead back to these pages: ${reason}.`,
  price_unknown: () => 'This price is not on sale any more.',
  same_price: () => 'The project has this plan already.',
  already_subscribed: () => 'The project has a subscription already. Change that one.',
  no_subscription: () => 'The project has no subscription.',
  no_customer: () => 'The project has never paid anything here.',
  quote_expired: () => 'The preview was too old, and nothing was changed. Look at it again.',
  change_in_progress: () => 'A change is on its way already. Wait a moment, then look again.',
  change_while_cancelling: () => 'The subscription is about to end. Resume it before you change it.',
  already_cancelling: () => 'The subscription is about to end already.',
  not_cancelling: () => 'The subscription goes on as it is.',
  precondition_failed: () => 'The file was changed meanwhile.',
  range_unsatisfiable: () => 'The file is shorter than that.',
};

/** The field of a form that a failure is about, where the use case does not name it. */
const FIELDS: Readonly<Record<string, string>> = {
  email_taken: 'email',
  invalid_invitation: 'invitation',
  invalid_credentials: 'email',
  bucket_name_taken: 'name',
  malformed_form: 'file',
  object_too_large: 'file',
  body_mismatch: 'file',
  storage_quota_exceeded: 'file',
  source_not_found: 'source',
  source_not_ready: 'source',
};

export const messageOf = (failure: Worded): string => words[failure.kind]?.(failure) ?? failure.kind;

/** A failure as a form tells of it. */
export const problemOf = (failure: Worded): Problem => ({
  field: FIELDS[failure.kind] ?? failure.field,
  message: messageOf(failure),
});
