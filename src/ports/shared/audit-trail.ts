import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest, Place } from '../../domain/shared/page.js';
import type { Stretch } from '../../domain/shared/time.js';
import type { AuditEntry } from './audit.js';
import type { Unavailable } from './failure.js';

/** An entry as it is on record. */
export type AuditRecord = AuditEntry & { readonly id: string };

/** Reads what `Audit` has written. */
export type AuditTrail = {
  /** Of this account and no other, newest first. */
  readonly of: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<AuditRecord, string>, Unavailable>;
  /** Those of a stretch of time, newest first; what lies outside it is not read. */
  readonly within: (
    account: AccountId,
    stretch: Stretch,
    page: PageRequest<Place>,
  ) => ResultAsync<Page<AuditRecord, Place>, Unavailable>;
};
