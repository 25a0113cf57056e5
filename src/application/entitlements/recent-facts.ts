import type { AccountFacts } from '../../domain/entitlements/facts.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import { recent } from '../shared/recent.js';
import type { EntitlementsDeps, RecentFacts } from './deps.js';

/** Accounts whose facts are kept: some tens of kilobytes each. */
const MOST = 1_000;

/** Facts of this process: at most 250 ms old, read anew by the first who asks after that. */
export const recentFacts = ({ clock, readers }: Pick<EntitlementsDeps, 'clock' | 'readers'>): RecentFacts => {
  const recall = recent<AccountFacts, Unavailable>({ clock, most: MOST });
  return (account) => recall(account, (began) => readers.facts(account, began));
};
