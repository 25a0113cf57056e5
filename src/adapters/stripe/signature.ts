import { createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { type Instant, MINUTE, SECOND } from '../../domain/shared/time.js';
import type { SignatureInvalid } from '../../ports/billing/processor-events.js';

const TOLERANCE = 5 * MINUTE;
const MOST_SIGNATURES = 20;
const INVALID: SignatureInvalid = { kind: 'signature_invalid' };

type Header = { readonly at: string; readonly signatures: readonly Buffer[] };

/** `t=1718000000,v1=…,v1=…`: one signature for each secret that is valid at the time; other schemes are passed over. */
const headerOf = (text: string): Header | undefined => {
  const parts = text.split(',').map((part) => part.trim().split('=', 2));
  const of = (name: string): readonly string[] =>
    parts.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
  const [at] = of('t');
  const signatures = of('v1')
    .filter((value) => /^[0-9a-f]{64}$/.test(value))
    .map((value) => Buffer.from(value, 'hex'));
  return at !== undefined && /^\d{1,12}$/.test(at) && signatures.length <= MOST_SIGNATURES
    ? { at, signatures }
    : undefined;
};

const signed = (raw: Uint8Array, at: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`${at}.`).update(raw).digest();

/** All are compared, whichever fits: how long it takes says nothing about where the difference is. */
const fits = (raw: Uint8Array, { at, signatures }: Header, secret: string): boolean => {
  const expected = signed(raw, at, secret);
  return signatures.map((given) => timingSafeEqual(given, expected)).includes(true);
};

/** Whose secret signed these very bytes, at most five minutes from now by our own clock. */
export const signerOf = <S extends { readonly secret: string }>(
  raw: Uint8Array,
  signature: string,
  now: Instant,
  secrets: readonly S[],
): Result<S, SignatureInvalid> => {
  const header = headerOf(signature);
  if (header === undefined || Math.abs(now - Number(header.at) * SECOND) > TOLERANCE) return err(INVALID);
  const [signer] = secrets.filter(({ secret }) => secret !== '' && fits(raw, header, secret));
  return signer === undefined ? err(INVALID) : ok(signer);
};
