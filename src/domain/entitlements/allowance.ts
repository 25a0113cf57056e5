import type { Instant } from '../shared/time.js';

/** Use is counted anew when a window begins: a UTC day or month, the subscription's period, or never. */
export const WINDOWS = ['day', 'month', 'billing_period', 'lifetime'] as const;
export type WindowKind = (typeof WINDOWS)[number];

/** What an account may have of one feature, from whoever says so. */
export type Allowance = {
  /** Of a boolean feature. */
  readonly granted?: boolean | undefined;
  /** Of a metered or static one; undefined: as much as it likes. */
  readonly limit?: bigint | undefined;
  readonly window: WindowKind;
  /** More than the limit is allowed, and warned about. */
  readonly soft: boolean;
  /** From this share of the limit on there is a warning. */
  readonly warnPercent: number;
};
export const WARN_PERCENT = 80;

/** What a plan says of a feature; there is one for each pair. */
export type PlanFeature = {
  readonly id: string;
  readonly version: number;
  readonly planId: string;
  readonly featureId: string;
  readonly allowance: Allowance;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** What the platform grants or takes from one account, whatever its plan says. */
export type Override = {
  readonly accountId: string;
  readonly featureId: string;
  readonly version: number;
  readonly allowance: Allowance;
  readonly reason: string;
  /** From here on it says nothing any more. */
  readonly endsAt?: Instant | undefined;
  readonly createdAt: Instant;
};
