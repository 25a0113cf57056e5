import type { UsageRecord } from './usage.js';

/** Where a use counts, and how much. */
export type Placed = Pick<UsageRecord, 'accountId' | 'featureId' | 'value'>;

/** The key of a correction: its number is in it, so that of two who correct one record at once one has to look again. */
export const correctionKey = (id: string, number: number): string => `correction:${id}:${number}`;

const numberOf = ({ key, corrects }: UsageRecord): number =>
  corrects === undefined ? 0 : Number(key.slice(key.lastIndexOf(':') + 1));

/** A record and its corrections in the order in which they were made: clocks and ids of two processes tell of none. */
export const inOrder = <T extends UsageRecord>(history: readonly T[]): readonly T[] =>
  [...history].sort((a, b) => numberOf(a) - numberOf(b));

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
