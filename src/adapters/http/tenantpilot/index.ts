import type { AnyRoute } from '../kit/route.js';
import type { additive, forms as formAddresses } from './additive.js';
import type { App } from './app.js';
import { changeCommercialState, confirmState, statePage } from './commercial-state.routes.js';
import { getSystemWorkspace, listSystemWorkspaces } from './directory.routes.js';
import * as onboarding from './onboarding.routes.js';
import type { operations } from './operations.js';
import * as packForms from './pack-forms.routes.js';
import { exportExecutivePack, generateReviewPack, regenerateReviewPack } from './pack-orders.routes.js';
import { downloadReviewPack, getReviewPack, listReviewPacks } from './packs.routes.js';
import { createTenantReview, getTenantReview, listTenantReviews, makeReview } from './reviews.routes.js';
import { getWorkspaceSettings } from './settings.routes.js';
import { listWorkspaces, switchWorkspace } from './switch.routes.js';
import { confirmTruth, truthPage, updateSubscriptionTruth } from './truth.routes.js';

const { currentOnboarding, getOnboarding, completeOnboarding, completionPage, confirmCompletion } =
  onboarding;
const { generationPage, confirmGeneration, regenerationPage, confirmRegeneration } = packForms;
const { exportPage, confirmExport } = packForms;

/** One entry per operation: a gap, an extra or a mix-up does not compile. */
export const routes = {
  getSystemWorkspace,
  updateSubscriptionTruth,
  changeCommercialState,
  getWorkspaceSettings,
  getOnboarding,
  completeOnboarding,
  generateReviewPack,
  exportExecutivePack,
  regenerateReviewPack,
  listSystemWorkspaces,
  listReviewPacks,
  getReviewPack,
  downloadReviewPack,
  listTenantReviews,
  getTenantReview,
  createTenantReview,
  listWorkspaces,
  switchWorkspace,
} satisfies {
  readonly [Op in keyof typeof operations | keyof typeof additive]: { readonly operationId: Op };
};

const second = {
  truthPage,
  confirmTruth,
  statePage,
  confirmState,
  currentOnboarding,
  completionPage,
  confirmCompletion,
  generationPage,
  confirmGeneration,
  regenerationPage,
  confirmRegeneration,
  makeReview,
  exportPage,
  confirmExport,
} satisfies { readonly [Op in keyof typeof formAddresses]: { readonly operationId: Op } };

/** The forms of people: no part of the contract, and so not of its document. */
export const forms: readonly AnyRoute<App>[] = Object.values(second);
