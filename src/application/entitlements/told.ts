import type { Allowance } from '../../domain/entitlements/allowance.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import type { Reservation } from '../../domain/entitlements/usage.js';
import { iso } from '../../domain/shared/time.js';

/** Things as events and the audit tell of them. No number is larger than every client can read. */
type Told = Readonly<Record<string, unknown>>;

export const toldFeature = ({ key, name, kind, unit, highlight }: Feature): Told => ({
  key,
  name,
  kind,
  unit: unit ?? null,
  highlight,
});

export const toldAllowance = ({ granted, limit, window, soft, warnPercent }: Allowance): Told =>
  granted === undefined
    ? { limit: limit === undefined ? null : Number(limit), window, soft, warn_percent: warnPercent }
    : { granted };

export const toldReservation = ({ amount, expiresAt, state }: Reservation, feature: string): Told => ({
  feature,
  amount: Number(amount),
  expires_at: iso(expiresAt),
  state,
});
