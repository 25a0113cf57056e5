import type { additive } from './additive.js';
import * as apiKeys from './api-keys.routes.js';
import { getAuditLog } from './audit-log.routes.js';
import * as auth from './auth.routes.js';
import * as billing from './billing.routes.js';
import { createBucket, deleteBucket, getBucket, listBuckets } from './buckets.routes.js';
import {
  createConnection,
  deleteConnection,
  getConnection,
  listConnections,
  verifyConnection,
} from './connections.routes.js';
import * as entitlements from './entitlements.routes.js';
import * as featureUsage from './feature-usage.routes.js';
import {
  createSubscriptionFeature,
  createSubscriptionPlanFeature,
  listSubscriptionFeatures,
  listSubscriptionPlanFeatures,
  updateSubscriptionFeature,
  updateSubscriptionPlanFeature,
} from './features.routes.js';
import * as fileSystems from './file-systems.routes.js';
import * as gateways from './gateways.routes.js';
import * as links from './links.routes.js';
import * as memberships from './memberships.routes.js';
import * as objects from './objects.routes.js';
import type { operations } from './operations.js';
import * as organizationClients from './organization-clients.routes.js';
import * as plans from './plans.routes.js';
import * as platform from './platform.routes.js';
import { createProject, deleteProject, getProject, listProjects, updateProject } from './projects.routes.js';
import { getUsage } from './usage.routes.js';
import { getMe, getUser, listUserProjectMemberships, updateUser } from './users.routes.js';
import { handleStripeWebhook } from './webhook.routes.js';

type Served = keyof typeof operations | keyof typeof additive;

/** One entry per operation served: a gap, an extra or a mix-up does not compile. */
export const routes = {
  ...platform,
  ...auth,
  createProject,
  listProjects,
  getProject,
  updateProject,
  deleteProject,
  getMe,
  getUser,
  updateUser,
  listUserProjectMemberships,
  ...memberships,
  ...apiKeys,
  ...organizationClients,
  createBucket,
  listBuckets,
  getBucket,
  deleteBucket,
  createConnection,
  listConnections,
  getConnection,
  deleteConnection,
  verifyConnection,
  ...objects,
  ...links,
  ...fileSystems,
  ...gateways,
  getUsage,
  ...billing,
  handleStripeWebhook,
  ...plans,
  createSubscriptionFeature,
  updateSubscriptionFeature,
  listSubscriptionFeatures,
  createSubscriptionPlanFeature,
  updateSubscriptionPlanFeature,
  listSubscriptionPlanFeatures,
  ...featureUsage,
  ...entitlements,
  getAuditLog,
} satisfies { readonly [Op in Served]: { readonly operationId: Op } };
