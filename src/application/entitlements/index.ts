import type { PageRequest } from '../../domain/shared/page.js';
import { check, decideNow, entitlementsOf, posture, usageOf, windowUse } from './decisions.js';
import type { EntitlementsDeps } from './deps.js';
import { createFeature, updateFeature } from './features.js';
import { removeOverride, setOverride } from './overrides.js';
import { createPlanFeature, updatePlanFeature } from './plan-features.js';
import { EXPIRE_JOB, expireReservations } from './reservations/expire.js';
import { reserve } from './reservations/reserve.js';
import { confirm, release } from './reservations/settle.js';
import { tellHeld } from './tell-held.js';
import { consume } from './usage/consume.js';
import { correctUsage } from './usage/correct.js';
import { recordBatch, recordUsage } from './usage/record.js';

export type { AllowanceFields } from '../../domain/entitlements/allowance-fields.js';
export type { Insider } from './actor.js';
export type { AccountEntitlements } from './decisions.js';
export type { Reserved } from './reservations/reserve.js';
export type { Corrected } from './usage/correct.js';
export type { Noted } from './usage/record.js';
export type { NewUsage, RowOutcome } from './usage/rows.js';
export { EXPIRE_JOB };

/** The entitlements context: what accounts may have, what they use of it, and whether they may have more now. */
export const entitlements = (deps: EntitlementsDeps) => ({
  listFeatures: (page: PageRequest<string>) => deps.readers.features(page),
  createFeature: createFeature(deps),
  updateFeature: updateFeature(deps),
  createPlanFeature: createPlanFeature(deps),
  updatePlanFeature: updatePlanFeature(deps),
  planFeaturesOf: deps.readers.planFeaturesOf,
  listPlanFeatures: deps.readers.planFeatures,
  setOverride: setOverride(deps),
  removeOverride: removeOverride(deps),
  recordUsage: recordUsage(deps),
  recordBatch: recordBatch(deps),
  correctUsage: correctUsage(deps),
  consume: consume(deps),
  numbersOf: deps.readers.numbersOf,
  usageOf: usageOf(deps),
  windowUse: windowUse(deps),
  entitlementsOf: entitlementsOf(deps),
  /** From facts that may be a little old. */
  check: check(deps),
  /** From the database. */
  decideNow: decideNow(deps),
  posture: posture(deps),
  reserve: reserve(deps),
  confirm: confirm(deps),
  release: release(deps),
  tellHeld: tellHeld(deps),
  jobs: { [EXPIRE_JOB]: expireReservations(deps) },
});
export type Entitlements = ReturnType<typeof entitlements>;
