/** Ours beside the published endpoints, for programs and people alike. */
export const additive = {
  listSystemWorkspaces: 'GET /system/directory/workspaces',
  listReviewPacks: 'GET /admin/review-packs',
  getReviewPack: 'GET /admin/review-packs/{reviewPack}',
  downloadReviewPack: 'GET /admin/review-packs/{reviewPack}/download',
  listTenantReviews: 'GET /admin/tenant-reviews',
  getTenantReview: 'GET /admin/tenant-reviews/{tenantReview}',
  createTenantReview: 'POST /admin/tenant-reviews',
  listWorkspaces: 'GET /admin/switch',
  switchWorkspace: 'POST /admin/switch',
} as const;

/** The second steps of what people do: a page that shows what will change, and the form on it. */
export const forms = {
  truthPage: 'GET /system/directory/workspaces/{workspace}/subscription',
  confirmTruth: 'POST /system/directory/workspaces/{workspace}/subscription',
  statePage: 'GET /system/directory/workspaces/{workspace}/commercial-state',
  confirmState: 'POST /system/directory/workspaces/{workspace}/commercial-state',
  currentOnboarding: 'GET /admin/onboarding',
  completionPage: 'GET /admin/onboarding/{onboardingDraft}/complete',
  confirmCompletion: 'POST /admin/onboarding/{onboardingDraft}/complete',
  generationPage: 'GET /admin/review-packs/generate',
  confirmGeneration: 'POST /admin/review-packs/generate',
  regenerationPage: 'GET /admin/review-packs/{reviewPack}/regenerate',
  confirmRegeneration: 'POST /admin/review-packs/{reviewPack}/regenerate',
  makeReview: 'POST /admin/tenant-reviews/new',
  exportPage: 'GET /admin/tenant-reviews/{tenantReview}/export',
  confirmExport: 'POST /admin/tenant-reviews/{tenantReview}/export',
} as const;
