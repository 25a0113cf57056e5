import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import { size } from './kit/format.js';

const NAMES: Readonly<Record<string, string>> = {
  api_keys: 'API keys',
  storage_bytes: 'storage',
  paid_instances: 'instance types that are not free',
};
const spoken = (key: string): string => NAMES[key] ?? key.replaceAll('_', ' ');
const grouped = new Intl.NumberFormat('en-US');

/** So much of a feature, as people count it. */
export const amountIn = (feature: string, amount: bigint): string => {
  if (feature === 'storage_bytes') return `${size(Number(amount))} of storage`;
  const name = spoken(feature);
  return `${grouped.format(amount)} ${amount === 1n && name.endsWith('s') ? name.slice(0, -1) : name}`;
};

/** `9 of 10 buckets`. */
export const shareOf = ({ feature, used, limit = 0n }: EntitlementDecision): string =>
  feature === 'storage_bytes'
    ? `${size(Number(used))} of ${amountIn(feature, limit)}`
    : `${grouped.format(used)} of ${grouped.format(limit)} ${spoken(feature)}`;

/** Where a limit comes from. */
const by = ({ source }: EntitlementDecision): string =>
  source === 'override' ? 'an arrangement with the operator' : source === 'plan' ? 'the plan' : 'this server';

/** Why something was refused, and what can be done about it. */
export const whyRefused = (decision: EntitlementDecision): string => {
  const { feature, reason, limit = 0n, used } = decision;
  if (reason === 'lifecycle_blocked')
    return 'The project is suspended: what exists can be read, nothing new can be made.';
  if (reason === 'not_in_plan' || reason === 'not_granted')
    return `The plan of the project does not include ${spoken(feature)}.`;
  return `The project may have ${amountIn(feature, limit)}, by ${by(decision)}, and has ${amountIn(feature, used)}. Delete something first, or choose a larger plan.`;
};
