import type { UsageRecord } from './usage.js';

/** Where a use counts, and how much. */
export type Placed = Pick<UsageRecord, 'accountId' | 'featureId' | 'value'>;

/**
 * What a record comes to with all that put it right, oldest first. It counts where it was last put: what was taken
 * from elsewhere had been all of it.
 */
export const standingOf = (original: UsageRecord, history: readonly UsageRecord[]): Placed => {
  const { accountId, featureId } = history.at(-1) ?? original;
  const value = history
    .filter((record) => record.accountId === accountId && record.featureId === featureId)
    .reduce((sum, record) => sum + record.value, 0n);
  return { accountId, featureId, value };
};
