import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { EntitlementDecision } from '../../domain/entitlements/decision.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Member, Visit } from '../../domain/shared/principal.js';
import type { Audit, AuditEntry } from '../../ports/shared/audit.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { UnitOfWork } from '../../ports/shared/unit-of-work.js';
import { byCaller, byVisitor } from './record.js';

type Audited = { readonly audit: Audit };
type Units<Tx> = Pick<UnitOfWork<Tx>, 'run'>;
type Failure = { readonly kind: string };
type Deed = Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>;

/** A failure that is a decision of the limits. */
const decisionIn = (failure: Failure): EntitlementDecision | undefined =>
  'decision' in failure ? (failure.decision as EntitlementDecision | undefined) : undefined;

/** What the audit tells of a refusal by a limit. */
export const refusalOf = (
  accountId: AccountId,
  { feature, outcome, reason, limit, used }: EntitlementDecision,
): Deed => ({
  accountId,
  action: 'entitlement.refused',
  target: accountId,
  data: { feature, outcome, reason, limit: limit === undefined ? null : Number(limit), used: Number(used) },
});

/**
 * What was refused by a limit leaves nothing but this: a row in the audit, in a unit of its own, since that of the
 * work is undone. `entry` says who asked, and in whose account.
 */
export const refusalsOnRecord = <Tx extends Audited, T, E extends Failure>(
  units: Units<Tx>,
  entry: (tx: Tx, refusedIn: (account: AccountId) => Deed) => ResultAsync<AuditEntry, Unavailable>,
  work: ResultAsync<T, E>,
): ResultAsync<T, E | Unavailable> =>
  work.orElse((failure): ResultAsync<T, E | Unavailable> => {
    const decision = decisionIn(failure);
    if (decision === undefined) return errAsync(failure);
    return units
      .run((tx) =>
        entry(tx, (account) => refusalOf(account, decision)).andThen((told) => tx.audit.record(told)),
      )
      .andThen(() => errAsync(failure));
  });

/** The same for what a member asked for in their account. */
export const memberRefused = <T, E extends Failure>(
  units: Units<Audited>,
  member: Member,
  work: ResultAsync<T, E>,
): ResultAsync<T, E | Unavailable> =>
  refusalsOnRecord(units, (_, refusedIn) => okAsync(byCaller(member, refusedIn(member.accountId))), work);

/** The same for what somebody tried who has no session: the holder of a link, or of a bucket's key. */
export const visitorRefused = <T, E extends Failure>(
  units: Units<Audited>,
  visit: Visit,
  accountId: AccountId,
  work: ResultAsync<T, E>,
): ResultAsync<T, E | Unavailable> =>
  refusalsOnRecord(units, (_, refusedIn) => okAsync(byVisitor(visit, refusedIn(accountId))), work);
