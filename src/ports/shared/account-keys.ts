import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { NotFound, Unavailable } from './failure.js';
import type { DataKey } from './sealer.js';

/** Reads an account's data key outside a unit of work. Erased accounts have none. */
export type AccountKeys = {
  readonly get: (id: AccountId) => ResultAsync<DataKey, NotFound | Unavailable>;
};
