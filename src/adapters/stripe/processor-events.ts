import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type {
  MalformedEvent,
  ProcessorEvent,
  ProcessorEvents,
} from '../../ports/billing/processor-events.js';
import { signerOf } from './signature.js';
import { momentOf } from './subscription-view.js';

/** Secrets that sign the webhooks of one seller; more than one while they are being changed. */
export type WebhookSecrets = { readonly connection: ConnectionRef; readonly secrets: readonly string[] };

const Id = z.string().min(1).max(255);
/** Objects are named by id, or are there whole when they were asked for. */
const Named = z
  .union([Id, z.object({ id: Id }).transform(({ id }) => id), z.null()])
  .optional()
  .transform((id) => id ?? undefined);

const Subject = z.object({
  object: z.string(),
  id: Id.optional(),
  customer: Named,
  subscription: Named,
  parent: z.object({ subscription_details: z.object({ subscription: Named }).nullish() }).nullish(),
});
type Subject = z.infer<typeof Subject>;

const Envelope = z.object({
  id: Id,
  object: z.literal('event'),
  type: z.string().min(1).max(255),
  created: z.number().int().nonnegative(),
  data: z.object({ object: Subject }),
});

const malformed = (reason: string): Result<never, MalformedEvent> => err({ kind: 'malformed_event', reason });

/** Strict about its text: what is no UTF-8 was never written by Stripe. */
const documentIn = (raw: Uint8Array): Result<unknown, MalformedEvent> => {
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)));
  } catch {
    return malformed('is not JSON');
  }
};

const customerIn = ({ object, id, customer }: Subject): string | undefined =>
  object === 'customer' ? id : customer;

const subscriptionIn = ({ object, id, subscription, parent }: Subject): string | undefined =>
  object === 'subscription' ? id : (subscription ?? parent?.subscription_details?.subscription);

const eventIn = (document: unknown, connection: ConnectionRef): Result<ProcessorEvent, MalformedEvent> => {
  const parsed = Envelope.safeParse(document);
  if (!parsed.success) return malformed(`has no usable ${parsed.error.issues[0]?.path.join('.') ?? 'body'}`);
  const { id, type, created, data } = parsed.data;
  const customer = customerIn(data.object);
  const subscriptionId = subscriptionIn(data.object);
  const checkoutSessionId = data.object.object === 'checkout.session' ? data.object.id : undefined;
  return ok({
    id,
    type,
    createdAt: momentOf(created),
    connection,
    ...(customer !== undefined && { customer }),
    ...(subscriptionId !== undefined && { subscriptionId }),
    ...(checkoutSessionId !== undefined && { checkoutSessionId }),
  });
};

/** Stripe's webhooks. Checked without the SDK, which would measure their age by the machine's clock. */
export const stripeEvents = (known: () => readonly WebhookSecrets[]): ProcessorEvents => ({
  verify: (raw, signature, at) => {
    if (signature === undefined || signature === '') return err({ kind: 'signature_missing' });
    const secrets = known().flatMap(({ connection, secrets }) =>
      secrets.map((secret) => ({ connection, secret })),
    );
    return signerOf(raw, signature, at, secrets).andThen(({ connection }) =>
      documentIn(raw).andThen((document) => eventIn(document, connection)),
    );
  },
});
