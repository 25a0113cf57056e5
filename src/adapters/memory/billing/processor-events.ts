import { createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';
import { type Instant, instant, MINUTE } from '../../../domain/shared/time.js';
import type { ConnectionRef } from '../../../ports/billing/processor.js';
import type {
  MalformedEvent,
  ProcessorEvent,
  ProcessorEvents,
} from '../../../ports/billing/processor-events.js';
import type { Emitted } from './processor-records.js';

const TOLERANCE = 5 * MINUTE;
const HEADER = /^(\d{1,15})\.([\w-]{43})$/;

/** A webhook as it is sent. */
export type Delivery = { readonly raw: Uint8Array; readonly signature: string };

const sealed = (raw: Uint8Array, at: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`${at}\n`).update(raw).digest();

/** These bytes, signed at this moment with this secret. */
export const signedBytes = (raw: Uint8Array, at: Instant, secret: string): Delivery => ({
  raw,
  signature: `${at}.${sealed(raw, String(at), secret).toString('base64url')}`,
});

/** An event on its way. */
export const delivery = (event: Emitted, at: Instant, secret: string): Delivery =>
  signedBytes(new TextEncoder().encode(JSON.stringify(event)), at, secret);

const Document = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  at: z.number().int().transform(instant),
  customer: z.string().optional(),
  subscriptionId: z.string().optional(),
  checkoutSessionId: z.string().optional(),
});

const documentIn = (raw: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(raw));
  } catch {
    return undefined;
  }
};

const eventIn = (raw: Uint8Array, connection: ConnectionRef): Result<ProcessorEvent, MalformedEvent> => {
  const parsed = Document.safeParse(documentIn(raw));
  if (!parsed.success) return err({ kind: 'malformed_event', reason: 'is no event' });
  const { at, ...event } = parsed.data;
  return ok({ ...event, createdAt: at, connection });
};

/** Whose secret made this signature of these bytes, not too long ago. */
export const memoryEvents = (
  secretsOf: () => readonly { readonly connection: ConnectionRef; readonly secrets: readonly string[] }[],
): ProcessorEvents => ({
  verify: (raw, signature, now) => {
    if (signature === undefined || signature === '') return err({ kind: 'signature_missing' });
    const [, at = '', mac = ''] = HEADER.exec(signature) ?? [];
    const given = Buffer.from(mac, 'base64url');
    const fits = (secret: string): boolean =>
      secret !== '' && given.length === 32 && timingSafeEqual(given, sealed(raw, at, secret));
    const signer = secretsOf().find(({ secrets }) => secrets.some(fits));
    if (signer === undefined || Math.abs(now - Number(at)) > TOLERANCE)
      return err({ kind: 'signature_invalid' });
    return eventIn(raw, signer.connection);
  },
});
