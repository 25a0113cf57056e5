import type { FieldEffects } from './fields.js';

const ONCE = 'shows the first answer again, secrets included, and makes nothing twice';
const REGISTERED = 'registers a user once, and tells nobody more than that the address is taken';
const RESET = 'resets a password with the newest code only, and ends every session';
const CHANGED = 'changes a password for who knows the current one, and ends the other sessions';
const PROJECTS = 'creates, renames, lists by page and deletes';
const RENAMED = 'shows and renames oneself, and nobody else';
const INVITED = 'lets admins invite members, and only owners invite admins';
const KEY = 'shows a key once, counts its use to the minute, and revokes it for the next request';
const CONFINED = 'confines a key to its project, its role and its time';
const COSTLY = 'may cost money only when an owner says so, or a key of theirs that was given it';
/** Reads every list to its end, one entry at a time, and insists on a second page. */
const ONE_BY_ONE = 'see, reach and learn nothing of each other on any route';

export const accountsEffects: FieldEffects = {
  register: {
    'header idempotency-key': ONCE,
    'body email': REGISTERED,
    'body password': REGISTERED,
    'body first_name': REGISTERED,
    'body last_name': REGISTERED,
    'body invitation_token': 'registers and joins in one step with an invitation’s token',
  },
  login: {
    'body email': 'ends a session at logout and at its time',
    'body password': 'gives one answer for an unknown address and a wrong password',
  },
  verifyEmail: { 'body token': 'confirms an address with the code of the letter, once, within a day' },
  requestPasswordReset: { 'body email': RESET },
  resetPassword: { 'body token': RESET, 'body new_password': RESET },
  changePassword: { 'body current_password': CHANGED, 'body new_password': CHANGED },
  createProject: { 'header idempotency-key': ONCE, 'body name': PROJECTS },
  listProjects: { 'query page_size': PROJECTS, 'query page_token': PROJECTS },
  updateProject: { 'body name': PROJECTS },
  updateUser: { 'body first_name': RENAMED, 'body last_name': RENAMED },
  listUserProjectMemberships: { 'query page_size': ONE_BY_ONE, 'query page_token': ONE_BY_ONE },
  listProjectMemberships: { 'query page_size': ONE_BY_ONE, 'query page_token': ONE_BY_ONE },
  inviteMember: { 'header idempotency-key': ONCE, 'body email': INVITED, 'body role': INVITED },
  changeMemberRole: { 'body role': 'changes roles by owners only, and keeps one owner' },
  acceptInvitation: {
    'header idempotency-key':
      'shows a member again how they came in, and lets the key take no other invitation',
    'body token': 'lets in whoever holds the token, once, and never a matching address',
  },
  denyInvitation: {
    'body token': 'refuses an invitation that is late, denied, withdrawn, or for somebody who is in already',
  },
  listApiKeys: { 'query page_size': ONE_BY_ONE, 'query page_token': ONE_BY_ONE },
  createApiKey: {
    'header idempotency-key': ONCE,
    'body name': KEY,
    'body project_id': CONFINED,
    'body role': CONFINED,
    'body scopes': COSTLY,
    'body expires_at': CONFINED,
  },
  createOrganizationClient: {
    'header idempotency-key': ONCE,
    'body name': 'are made, listed and revoked by its admins; the secret is shown once and kept as a digest',
    'body scopes': COSTLY,
  },
  listOrganizationClients: {
    'query page_size': 'are shown page by page',
    'query page_token': 'are shown page by page',
  },
  getAuditLog: {
    'query page_size': 'tells who changed what and when, from which network, with what was before and after',
    'query page_token': 'tells who changed what and when, from which network, with what was before and after',
  },
};
