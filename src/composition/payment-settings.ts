import * as z from 'zod';
import { type ApiBase, apiBaseOf } from '../adapters/stripe/api-base.js';
import { list } from './fields.js';

const apiBase = z.string().transform(
  (text, context): ApiBase =>
    apiBaseOf(text).match(
      (base) => base,
      ({ reason }) => {
        context.addIssue({ code: 'custom', message: reason });
        return z.NEVER;
      },
    ),
);

/** A name or an address, as a URL spells it; without a port. */
const isHost = (text: string): boolean =>
  URL.canParse(`https://${text}`) && new URL(`https://${text}`).hostname === text;

const hosts = list.transform((items, context): readonly string[] =>
  items.flatMap((item) => {
    const host = item.toLowerCase();
    if (isHost(host)) return [host];
    context.addIssue({ code: 'custom', message: `"${item}" is not a host` });
    return [];
  }),
);

/** A name that is looked up: nothing that a policy would read as a pattern or a word of its own. */
const isDomain = (host: string): boolean => /^[a-z\d-]+(\.[a-z\d-]+)+$/.test(host) && !/^[\d.]+$/.test(host);

const domains = hosts.transform((items, context): readonly string[] =>
  items.flatMap((host) => {
    if (isDomain(host)) return [host];
    context.addIssue({ code: 'custom', message: `"${host}" is not a domain` });
    return [];
  }),
);

/** Settings of the payment processor. */
export const paymentSettings = {
  STRIPE_API_KEY: z
    .string()
    .trim()
    .min(1)
    .max(512)
    .optional()
    .describe(
      'Secret or restricted key of the Stripe account that is paid. Absent: the demo’s payment sandbox; live, nothing can be sold.',
    ),
  STRIPE_WEBHOOK_SECRETS: list
    .prefault('')
    .describe(
      'Comma-separated secrets that sign Stripe’s webhooks; all hold, so that one can replace another.',
    ),
  STRIPE_API_BASE: apiBase
    .optional()
    .describe('Where Stripe’s API is: a loopback address, for tests. Default: Stripe itself.'),
  STRIPE_CHECKOUT_HOSTS: domains
    .prefault('')
    .describe(
      'Custom domains of Stripe’s checkout and billing portal, comma-separated: our pages may lead there as well.',
    ),
  ALLOWED_REDIRECT_HOSTS: hosts
    .prefault('')
    .describe('Hosts to which checkout and the billing portal may lead back. Empty: any.'),
  SENTRYAGENT_PRICE_ID: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Stripe’s price that an organization buys by SentryAgent’s checkout. Absent: the cheapest monthly one on sale.',
    ),
};
type Given = z.output<z.ZodObject<typeof paymentSettings>>;

/** What does nothing, or is of no use alone, is a mistake that somebody should hear of. */
export const paymentProblems = (given: Given): readonly string[] => {
  const { STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRETS: secrets, STRIPE_API_BASE: base } = given;
  if (key !== undefined)
    return secrets.length > 0
      ? []
      : ['STRIPE_WEBHOOK_SECRETS is missing: without it nobody can tell that somebody has paid.'];
  return [
    ...(secrets.length > 0 ? ['STRIPE_WEBHOOK_SECRETS is set, but STRIPE_API_KEY is not.'] : []),
    ...(base === undefined ? [] : ['STRIPE_API_BASE is set, but STRIPE_API_KEY is not.']),
  ];
};
