import type { FieldEffects } from './fields.js';

const DEFINED = 'are those that the server counts itself, and those that platform admins define';
const REDEFINED = 'change in all that is said of them, but for what they are once somebody has them';
const INCLUDED = 'are shown with the plan to all, and listed for it';
const HAD = 'are all that a project may have, by its plan or by the settings, with what it has used';
const CHECKED = 'answer whether there may be more, from what was so at most 250 ms ago';
const CHANGED = 'change, with what they leave out as it was';
const RECORDED =
  'is recorded by an admin of the project, by id or key of the feature, and counted once for each key';
const CORRECTED = 'is put right by platform admins: the record keeps its id, and counts as it should have';
const EACH = 'are each recorded or refused by itself, whichever projects they are of';
const RESERVED = 'set aside what others cannot have, and become use, or as much of it as it was';
const OVERRIDDEN = 'are overridden for one project by platform admins, until that ends or is taken back';

export const entitlementsEffects: FieldEffects = {
  createSubscriptionFeature: {
    'header idempotency-key': DEFINED,
    'body name': DEFINED,
    'body is_binary_based': 'are either had or counted, and have a name of their own',
    'body is_usage_based': DEFINED,
    'body usage_unit': DEFINED,
    'body highlight': DEFINED,
  },
  updateSubscriptionFeature: {
    'body name': REDEFINED,
    'body is_binary_based': REDEFINED,
    'body is_usage_based': REDEFINED,
    'body usage_unit': REDEFINED,
    'body highlight': REDEFINED,
  },
  listSubscriptionFeatures: { 'query page_size': DEFINED, 'query page_token': DEFINED },
  createSubscriptionPlanFeature: {
    'header idempotency-key': INCLUDED,
    'body subscription_plan_id': INCLUDED,
    'body subscription_feature_id': INCLUDED,
    'body binary_value': HAD,
    'body usage_limit': HAD,
    'body window': HAD,
    'body is_soft_limit': CHECKED,
    'body warn_percent': CHECKED,
  },
  updateSubscriptionPlanFeature: {
    'body subscription_plan_id': CHANGED,
    'body subscription_feature_id': CHANGED,
    'body binary_value': CHANGED,
    'body usage_limit': CHANGED,
    'body window': CHANGED,
    'body is_soft_limit': CHANGED,
    'body warn_percent': CHANGED,
    'body is_unlimited': CHANGED,
  },
  listSubscriptionPlanFeatures: {
    'query subscription_plan_id': INCLUDED,
    'query page_size': INCLUDED,
    'query page_token': INCLUDED,
  },
  createSubscriptionPlanFeatureUsage: {
    'body subscription_feature_id': RECORDED,
    'body project_id': RECORDED,
    'body value': RECORDED,
    'body used_at': RECORDED,
    'body key': RECORDED,
  },
  updateSubscriptionPlanFeatureUsage: {
    'body subscription_feature_id': CORRECTED,
    'body project_id': CORRECTED,
    'body value': CORRECTED,
  },
  recordUsageEvents: {
    'body events': EACH,
    'body events[].project_id': EACH,
    'body events[].feature': EACH,
    'body events[].value': EACH,
    'body events[].used_at': EACH,
    'body events[].key': EACH,
  },
  checkEntitlement: { 'body feature': CHECKED, 'body amount': CHECKED },
  reserveEntitlement: {
    'header idempotency-key': RESERVED,
    'body feature': RESERVED,
    'body amount': RESERVED,
    'body ttl_seconds': RESERVED,
  },
  confirmReservation: { 'body amount': RESERVED },
  setEntitlementOverride: {
    'body binary_value': OVERRIDDEN,
    'body usage_limit': OVERRIDDEN,
    'body window': OVERRIDDEN,
    'body is_soft_limit': OVERRIDDEN,
    'body warn_percent': OVERRIDDEN,
    'body is_unlimited':
      'says how much or that there is no limit, keeps what it does not name, and knows its fields',
    'body reason': OVERRIDDEN,
    'body ends_at': OVERRIDDEN,
  },
};
