/** The directory of all workspaces, and the page of one of them. */
export const DIRECTORY = '/system/directory/workspaces';
export const systemWorkspace = (number: number): string => `${DIRECTORY}/${number}`;

export const SWITCH = '/admin/switch';
export const SETTINGS = '/admin/settings/workspace';
export const ONBOARDING = '/admin/onboarding';
export const onboardingOf = (draft: number): string => `${ONBOARDING}/${draft}`;
export const PACKS = '/admin/review-packs';
export const packOf = (pack: number): string => `${PACKS}/${pack}`;
export const REVIEWS = '/admin/tenant-reviews';
export const reviewOf = (review: number): string => `${REVIEWS}/${review}`;
