import { createHash, timingSafeEqual } from 'node:crypto';
import { err, type Result } from 'neverthrow';
import type { CallFault } from '../faults.js';
import { own } from '../lookup.js';
import { isFull } from '../state.js';
import { API_VERSION } from '../wire/event.js';
import { charging, type World } from '../world.js';
import { checkoutEndpoints } from './checkout.js';
import { customerEndpoints } from './customers.js';
import type { Endpoint } from './endpoint.js';
import { expand } from './expand.js';
import { type Nested, readForm } from './form.js';
import { listEndpoints } from './lists-of-billing.js';
import { meterEndpoints } from './meters.js';
import { newSubscriptionEndpoints } from './new-subscription.js';
import { previewEndpoints } from './preview.js';
import { priceEndpoints } from './prices.js';
import { productEndpoints } from './products.js';
import { refundEndpoints } from './refunds.js';
import { invalid, type Refusal, refusalWire } from './refusal.js';
import { scheduleEndpoints } from './schedules.js';
import { subscriptionEndpoints } from './subscriptions.js';

const ENDPOINTS: readonly Endpoint[] = [
  ...productEndpoints,
  ...priceEndpoints,
  ...customerEndpoints,
  ...checkoutEndpoints,
  ...newSubscriptionEndpoints,
  ...subscriptionEndpoints,
  ...listEndpoints,
  ...previewEndpoints,
  ...scheduleEndpoints,
  ...refundEndpoints,
  ...meterEndpoints,
];

/** A call as it came over the wire. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly authorization: string;
  readonly version: string | undefined;
  readonly key: string | undefined;
};

export type Answer = { readonly status: number; readonly body: string; readonly replayed?: true };

const answer = (result: Result<object, Refusal>): Answer =>
  result.match(
    (object) => ({ status: 200, body: JSON.stringify(object) }),
    (refusal) => ({ status: refusal.status, body: JSON.stringify(refusalWire(refusal)) }),
  );

const refuse = (refusal: Refusal): Answer => answer(err(refusal));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const pathsOf = ({ expand: asked }: Nested): readonly string[] =>
  typeof asked === 'object' ? Object.values(asked).filter((path) => typeof path === 'string') : [];

const decoded = (id: string): string | undefined => {
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
};

const carryOut = (world: World, { method, path, query, body }: Call): Result<object, Refusal> => {
  const found = ENDPOINTS.find((one) => one.method === method && one.path.test(path));
  const id = decoded(found?.path.exec(path)?.groups?.['id'] ?? '');
  if (found === undefined || id === undefined)
    return err({ ...invalid(`Unrecognized request URL (${method}: ${path}).`), status: 404 });
  if (method === 'POST' && isFull(world.state))
    return err(invalid('The sandbox is full.', { code: 'sandbox_full' }));
  return readForm(method === 'POST' ? body : query).andThen((form) =>
    found.run(world, id, form).andThen((object) => expand(world, object, pathsOf(form))),
  );
};

/** What Stripe keeps of an answer: not what it refused before doing anything, but also what broke while it was at it. */
const isKept = ({ status }: Answer): boolean => status === 200 || status === 402 || status === 500;

const BROKEN: Refusal = { status: 500, type: 'api_error', message: 'An unknown error occurred.' };

/** Carried out, or broken before or after. */
const attempted = (world: World, call: Call, fault: CallFault | undefined): Answer => {
  if (fault === 'kept_error_before') return refuse(BROKEN);
  const made = answer(carryOut(world, call));
  return fault === 'kept_error_after' ? refuse(BROKEN) : made;
};

const once = (world: World, call: Call, key: string, fault: CallFault | undefined): Answer => {
  const fingerprint = digest(`${call.method} ${call.path}\n${call.body}`).toString('base64url');
  const before = own(world.state.answers, `key ${key}`);
  if (before === undefined) {
    const made = attempted(world, call, fault);
    if (isKept(made)) world.state.answers[`key ${key}`] = { ...made, fingerprint, at: world.now() };
    return made;
  }
  return before.fingerprint === fingerprint
    ? { status: before.status, body: before.body, replayed: true }
    : refuse({
        status: 400,
        type: 'idempotency_error',
        message:
          'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
};

const refusalBefore = (apiKey: string, call: Call, fault: CallFault | undefined): Refusal | undefined => {
  if (!timingSafeEqual(digest(call.authorization), digest(`Bearer ${apiKey}`)))
    return { ...invalid('Invalid API Key provided.', { code: 'api_key_invalid' }), status: 401 };
  if (call.version !== undefined && call.version !== API_VERSION)
    return invalid(`Invalid Stripe API version: this sandbox speaks ${API_VERSION}.`);
  if (fault === 'rate_limited')
    return { status: 429, type: 'rate_limit_error', code: 'rate_limit', message: 'Too many requests.' };
  if (fault === 'server_error') return BROKEN;
  return undefined;
};

/** Answers one call of the API; with a key that was there already, as it did then. */
export const answerCall = (
  world: World,
  apiKey: string,
  call: Call,
  fault: CallFault | undefined,
): Answer => {
  const refusal = refusalBefore(apiKey, call, fault);
  if (refusal) return refuse(refusal);
  const { key } = call;
  if (key !== undefined && key.length > 255)
    return refuse(invalid('Idempotency keys have at most 255 characters.'));
  return charging(world, fault === 'declined', () =>
    key === undefined || call.method !== 'POST'
      ? attempted(world, call, fault)
      : once(world, call, key, fault),
  );
};
