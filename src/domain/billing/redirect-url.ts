import { err, ok, type Result } from 'neverthrow';

/** Where a payer is sent when they are done at the processor: nowhere that the seller has not allowed. */
export type UrlNotAllowed<Field extends string = string> = {
  readonly kind: 'url_not_allowed';
  readonly field: Field;
  readonly reason: string;
};

const MAX_LENGTH = 2_048;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** `home`: a URL of our own pages, which anybody may come back to however they are reached. */
export type AllowedHosts = {
  readonly hosts?: readonly string[] | undefined;
  readonly home?: string | undefined;
};

const refusal = (url: URL, text: string, { hosts, home }: AllowedHosts): string | undefined => {
  // An empty name before the @ is dropped by the parser and would still mislead who reads it.
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text))
    return 'must not name a user';
  if (home !== undefined && /^https?:$/.test(url.protocol) && url.origin === new URL(home).origin)
    return undefined;
  const loopback = LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    return 'must be an https URL (http only on loopback)';
  return hosts === undefined || hosts.includes(url.hostname)
    ? undefined
    : 'its host is not among those allowed here';
};

/** The URL as the caller wrote it: a placeholder of the processor's in it stays one. */
export const redirectUrl = <Field extends string>(
  text: string,
  field: Field,
  allowed: AllowedHosts = {},
): Result<string, UrlNotAllowed<Field>> => {
  const refused = (reason: string) => err({ kind: 'url_not_allowed' as const, field, reason });
  if (text.length > MAX_LENGTH) return refused(`must have at most ${MAX_LENGTH} characters`);
  // The parser would take line breaks out and turn backslashes, and each reader of the text does so in its own way.
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return refused('must be an absolute URL');
  const reason = refusal(new URL(text), text, allowed);
  return reason === undefined ? ok(text) : refused(reason);
};
