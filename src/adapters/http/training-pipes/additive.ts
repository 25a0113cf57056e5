/** Operations of ours beside the published ones: same prefix, same dialect, no collision. */
export const additive = {
  readiness: 'GET /v1/health/ready',
  register: 'POST /v1/auth/register',
  login: 'POST /v1/auth/login',
  logout: 'POST /v1/auth/logout',
  verifyEmail: 'POST /v1/auth/verify-email',
  requestPasswordReset: 'POST /v1/auth/request-reset',
  resetPassword: 'POST /v1/auth/reset',
  changePassword: 'POST /v1/auth/change-password',
  getMe: 'GET /v1/me',
  inviteMember: 'POST /v1/projects/{project_id}/memberships',
  changeMemberRole: 'PATCH /v1/projects/{project_id}/memberships/{membership_id}',
  removeMember: 'DELETE /v1/projects/{project_id}/memberships/{membership_id}',
  resendInvitation: 'POST /v1/projects/{project_id}/memberships/{membership_id}:resend',
  acceptInvitation: 'POST /v1/invitations:accept',
  denyInvitation: 'POST /v1/invitations:deny',
} as const;
