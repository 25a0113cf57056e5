/** Operations of ours beside the published ones: how an organization's client comes to its token. */
export const additive = {
  issueToken: 'POST /api/v1/token',
} as const;
