import type { AccountId } from '../../domain/shared/ids.js';
import { networkOf } from '../../domain/shared/network.js';
import type { Caller, Visit } from '../../domain/shared/principal.js';
import type { AuditEntry } from '../../ports/shared/audit.js';

type Deed = Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>;

/** An audit entry for what a caller did. */
export const byCaller = (caller: Caller, deed: Deed): AuditEntry => ({
  ...deed,
  actor:
    caller.via.kind === 'api_key'
      ? { kind: 'api_key', id: caller.via.id }
      : { kind: 'user', id: caller.userId },
  requestId: caller.requestId,
  network: networkOf(caller.address),
  at: caller.at,
});

/** An audit entry for what somebody did who had no session (a registration, a reset by token). */
export const byVisitor = (visit: Visit, deed: Deed): AuditEntry => ({
  ...deed,
  actor: { kind: 'anonymous' },
  requestId: visit.requestId,
  network: networkOf(visit.address),
  at: visit.at,
});

/** An audit entry for what a job did on its own. */
export const bySystem = (
  deed: Deed & { accountId: AccountId },
  at: AuditEntry['at'],
  jobId: string,
): AuditEntry => ({
  ...deed,
  actor: { kind: 'system' },
  requestId: jobId,
  at,
});

/** An audit entry for what was done because the payment processor told us of something. */
export const byWebhook = (deed: Deed, at: AuditEntry['at'], eventId: string): AuditEntry => ({
  ...deed,
  actor: { kind: 'webhook' },
  requestId: eventId,
  at,
});
