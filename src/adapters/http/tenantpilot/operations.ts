/** The published endpoints. The document gives its operations no names: these are ours. */
export const operations = {
  getSystemWorkspace: 'GET /system/directory/workspaces/{workspace}',
  updateSubscriptionTruth: 'POST /system/directory/workspaces/{workspace}/actions/update-subscription-truth',
  changeCommercialState: 'POST /system/directory/workspaces/{workspace}/actions/change-commercial-state',
  getWorkspaceSettings: 'GET /admin/settings/workspace',
  getOnboarding: 'GET /admin/onboarding/{onboardingDraft}',
  completeOnboarding: 'POST /admin/onboarding/{onboardingDraft}/actions/complete',
  generateReviewPack: 'POST /admin/review-packs/actions/generate',
  exportExecutivePack: 'POST /admin/tenant-reviews/{tenantReview}/actions/export-executive-pack',
  regenerateReviewPack: 'POST /admin/review-packs/{reviewPack}/actions/regenerate',
} as const;
