import type { Ids } from '../../../ports/shared/ids.js';

/** 1, 2, 3, … in the shape of UUIDv7s: valid, ordered, and the same in every run. */
export const countingIds = (from = 1): Ids => {
  let count = from - 1;
  return {
    next: () => {
      count += 1;
      const digits = count.toString(16).padStart(24, '0');
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7000-8000-${digits.slice(12)}`;
    },
  };
};
