import type { FieldEffects } from './fields.js';

const SIGNED_UP = 'sign up here or at Training Pipes and are the same, each with a number that stays theirs';
const PAGES = 'are listed in pages for who asks for pages';
const ADDED =
  'are added by platform admins, with all that they have, and the list names the features that are on';
const LIMITS = 'limits those who take it from that moment on, a limit of nothing included';
const ONE_PAGE = 'opens one page for one Idempotency-Key';
const MONTHS = 'sells so many months at a time at one price that recurs after as many';
const USED =
  'is recorded with what is left of it, warned about from 80 % on, and refused where nothing is left';
const HEARD = 'is heard through this door too: signed bytes only, each event once';

export const datilioEffects: FieldEffects = {
  register: {
    'header idempotency-key': SIGNED_UP,
    'body email': SIGNED_UP,
    'body password': SIGNED_UP,
  },
  login: {
    'body email': SIGNED_UP,
    'body password':
      'get one answer for an unknown address and a wrong password, and 429 when they go on guessing',
  },
  listPlans: { 'query page_size': PAGES, 'query page_token': PAGES },
  createPlan: {
    'header idempotency-key': ADDED,
    'body name': ADDED,
    'body price_monthly': 'cost what was written, to the cent, or are refused by the name of the price',
    'body file_limit': LIMITS,
    'body file_size_limit_mb': LIMITS,
    'body ai_prompts_per_day': LIMITS,
    'body synthetic_rows_per_month': LIMITS,
    'body features': ADDED,
  },
  purchasePlan: {
    'header idempotency-key': ONE_PAGE,
    'body plan_id': 'gives a free plan at once and takes it back at once, without a word to the processor',
    'body duration_months':
      'sells to one at a time: of two who come at once with one account neither pays twice',
  },
  createCheckoutSession: {
    'header idempotency-key': ONE_PAGE,
    'body plan_id': MONTHS,
    'body duration_months': MONTHS,
  },
  recordUserUsage: {
    'body feature': USED,
    'body amount': USED,
    'body key': 'counts once with one key, in each account for itself',
    'body size_mb': 'counts files that are each as large as the plan allows, whatever they add up to',
  },
  stripeWebhook: { 'header stripe-signature': HEARD, body: HEARD },
};
