import type { EntitlementDecision } from '../../domain/entitlements/decision.js';

/** The decision by which a limit refuses something: contexts that are held to limits only hand it on. */
export type LimitRefusal = EntitlementDecision;
