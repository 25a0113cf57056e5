/** Operations of ours beside the published ones: how what users use comes in. */
export const additive = {
  recordUserUsage: 'POST /api/user/usage',
} as const;
