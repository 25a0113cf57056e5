import type { PaymentSandbox } from '../adapters/payment-sandbox/options.js';
import { apiBaseOf } from '../adapters/stripe/api-base.js';
import type { Connection } from '../adapters/stripe/client.js';
import { stripeProcessor } from '../adapters/stripe/stripe-processor.js';
import { PLATFORM_CONNECTION } from '../application/billing/events/connections.js';
import type { Config } from './config.js';
import { openSandbox, type SandboxPlace, sandboxPlace, urlOf } from './payment-sandbox.js';

export type PaymentConfig = Pick<
  Config,
  'profile' | 'dataDir' | 'STRIPE_API_KEY' | 'STRIPE_WEBHOOK_SECRETS' | 'STRIPE_API_BASE'
>;

/** Whether those who pay do so with money that is not real, in a catalogue that is the demo's to fill. */
export const inSandbox = ({ profile, STRIPE_API_KEY: key }: PaymentConfig): boolean =>
  profile === 'demo' && key === undefined;

const connectionTo = (place: SandboxPlace): Connection | undefined =>
  apiBaseOf(urlOf(place)).match(
    (apiBase) => ({ apiKey: place.apiKey, apiBase }),
    () => undefined,
  );

type Reach = {
  readonly connection: () => Connection | undefined;
  readonly secrets: () => readonly string[];
};

const reachOf = (config: PaymentConfig): Reach => {
  const { STRIPE_API_KEY: apiKey, STRIPE_API_BASE: apiBase, STRIPE_WEBHOOK_SECRETS: secrets } = config;
  if (!inSandbox(config))
    return {
      connection: () => (apiKey === undefined ? undefined : { apiKey, apiBase }),
      secrets: () => secrets,
    };
  // Looked up each time: the sandbox may be another process's, begin after this one, and come to another port.
  const place = () => sandboxPlace(config.dataDir);
  return {
    connection: () => {
      const found = place();
      return found && connectionTo(found);
    },
    secrets: () => {
      const found = place();
      return found ? [found.webhookSecret] : [];
    },
  };
};

/** Who takes payments here: Stripe with a key; without one the demo's sandbox, and live nobody. */
export const processorOf = (config: PaymentConfig) => {
  const { connection, secrets } = reachOf(config);
  return stripeProcessor({
    connections: (ref) => (ref === PLATFORM_CONNECTION ? connection() : undefined),
    webhooks: () => [{ connection: PLATFORM_CONNECTION, secrets: secrets() }],
  });
};

/** Where the webhooks of the sandbox go to. */
export const webhookAt = (origin: string): string => `${origin}/v1/webhooks/stripe`;

/** The sandbox of this process, where it has one of its own: processes that answer no requests never do. */
export const openSandboxHere = async (
  config: PaymentConfig & Pick<Config, 'ROLE'>,
): Promise<PaymentSandbox | undefined> =>
  inSandbox(config) && config.ROLE !== 'worker' ? openSandbox(config.dataDir) : undefined;

const STRIPE_PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com'];

/** Where the processor's own pages are, to which ours lead: a form that leads anywhere else goes nowhere. */
export const processorPagesOf =
  (config: PaymentConfig & Pick<Config, 'STRIPE_CHECKOUT_HOSTS'>) => (): readonly string[] => {
    const place = inSandbox(config) ? sandboxPlace(config.dataDir) : undefined;
    if (place) return [urlOf(place)];
    const base = config.STRIPE_API_BASE;
    const own = config.STRIPE_CHECKOUT_HOSTS.map((host) => `https://${host}`);
    return [
      ...(base === undefined ? STRIPE_PAGES : [`${base.protocol}://${base.host}:${base.port}`]),
      ...own,
    ];
  };
