import type { FieldEffects } from './fields.js';

const FORGED = 'takes nothing that another site sends, or that lacks the token of this very session';
// biome-ignore lint/suspicious/noTemplateCurlyInString: the title as its source has it
const SEEN = 'makes "${posture.name}" seen on all three pages, each with its published view model';
const NOT_OF_STATE = 'is refused with 422 and the fields that do not go with its state: %o';
const BY_HAND = 'sets by hand how a workspace stands that has no record';
const PACK = 'is accepted with its address, made after the answer, and given out when it is ready';
const DIRECTORY = 'finds all workspaces, page by page, as a page and as a document';
const PACKS = 'is listed page by page, newest first, and seen in its own workspace only';
const REVIEWS = 'are found page by page, the newest first';
const REVIEW = 'is written down by programs and people, listed, and shown';
const SWITCH = 'turns the pages of a long list';
const CHOSEN = 'is in the only workspace that its user has, and must choose where there are several';

/** The second steps of people are no part of the contract. */
export const tenantPilotEffects: FieldEffects = {
  getSystemWorkspace: {
    'query done': 'does the same in two steps on the page, of which the first changes nothing',
  },
  updateSubscriptionTruth: {
    'header x-csrf-token': FORGED,
    'body state': SEEN,
    'body billing_reference': SEEN,
    'body status_reason': SEEN,
    'body trial_ends_at': NOT_OF_STATE,
    'body current_period_starts_at': NOT_OF_STATE,
    'body current_period_ends_at':
      'leaves nothing of the kind while the workspace is suspended, and what there is can be read',
  },
  changeCommercialState: {
    'header x-csrf-token': FORGED,
    'body state': BY_HAND,
    'body reason': BY_HAND,
  },
  getOnboarding: { 'query done': 'end once, in two steps on the page or in one by a program' },
  completeOnboarding: { 'header x-csrf-token': FORGED },
  generateReviewPack: {
    'header x-csrf-token': FORGED,
    'body format': PACK,
    'body from': PACK,
    'body to': PACK,
  },
  exportExecutivePack: { 'header x-csrf-token': FORGED },
  regenerateReviewPack: { 'header x-csrf-token': FORGED },
  listSystemWorkspaces: { 'query page_size': DIRECTORY, 'query page_token': DIRECTORY },
  listReviewPacks: { 'query page_size': PACKS, 'query page_token': PACKS },
  getReviewPack: { 'query done': 'is ordered on the pages in two steps, of which the first orders nothing' },
  listTenantReviews: { 'query page_size': REVIEWS, 'query page_token': REVIEWS },
  getTenantReview: { 'query done': REVIEW },
  createTenantReview: {
    'header x-csrf-token': FORGED,
    'body title': REVIEW,
    'body from': REVIEW,
    'body to': REVIEW,
    'body note': REVIEW,
  },
  listWorkspaces: { 'query page_size': SWITCH, 'query page_token': SWITCH, 'query next': SWITCH },
  switchWorkspace: { 'body csrf': FORGED, 'body workspace': CHOSEN, 'body next': CHOSEN },
};
