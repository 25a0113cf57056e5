import { pageOf } from '../../../domain/shared/page.js';
import type { AuditTrail } from '../../../ports/shared/audit-trail.js';
import { newestWithin } from '../kit/newest-within.js';
import type { MemoryStore } from '../kit/store.js';
import { type AuditRow, TABLES } from './rows.js';

const newestFirst = (a: AuditRow, b: AuditRow): number => (a.id < b.id ? 1 : -1);

/** Committed entries. */
export const memoryAuditTrail = (store: MemoryStore): AuditTrail => {
  const entries = store.read<AuditRow>(TABLES.audit);
  return {
    of: (account, { size, after }) =>
      entries.all().map((rows) =>
        pageOf(
          rows
            .filter(({ accountId, id }) => accountId === account && (after === undefined || id < after))
            .sort(newestFirst)
            .slice(0, size + 1),
          size,
          ({ id }) => id,
        ),
      ),
    within: (account, stretch, page) =>
      entries.all().map((rows) =>
        newestWithin(
          rows.filter(({ accountId }) => accountId === account),
          ({ at, id }) => ({ at, id }),
          stretch,
          page,
        ),
      ),
  };
};
