import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Ceiling } from '../../domain/storage/allotment.js';
import type { StorageSize } from '../../domain/storage/storage-size.js';
import type { Unavailable } from '../shared/failure.js';
import type { LimitRefusal } from '../shared/limit-refusal.js';

/** The decision by which so much `more`, beside what is `used`, must not be stored; undefined: it may. */
export type StorageRule = ((used: StorageSize, more: StorageSize) => LimitRefusal | undefined) & {
  /** Where it is known from where on everything is refused: without limits nobody has to count first. */
  readonly ceiling?: Ceiling;
};

/** What accounts may store, in bytes and in objects. An answer may be a quarter of a second old. */
export type StorageLimits = {
  readonly ruleFor: (account: AccountId) => ResultAsync<StorageRule, Unavailable>;
};
