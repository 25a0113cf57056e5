import type { SellerId } from '../../domain/billing/seller.js';
import type { AccountId } from '../../domain/shared/ids.js';
import { networkOf } from '../../domain/shared/network.js';
import type { Caller, Visit } from '../../domain/shared/principal.js';
import type { AuditEntry } from '../../ports/shared/audit.js';

/** Who did it, for the audit: a user, or a client of the account that is nobody's. */
type Who = Pick<Caller, 'userId' | 'via'> | { readonly actor: AuditEntry['actor'] };

/** Somebody who acts for an account that pays. A member of it is one. */
export type Payer = Visit & {
  readonly accountId: AccountId;
  /** What the processor shall call the account; its id, where nothing better is known. */
  readonly name?: string | undefined;
} & Who;

const actorOf = (who: Who): AuditEntry['actor'] => {
  if ('actor' in who) return who.actor;
  return who.via.kind === 'api_key' ? { kind: 'api_key', id: who.via.id } : { kind: 'user', id: who.userId };
};

type Deed = Pick<AuditEntry, 'action' | 'target' | 'data'>;

/** An audit entry for what a payer did. */
export const byPayer = (payer: Payer, deed: Deed): AuditEntry => ({
  ...deed,
  accountId: payer.accountId,
  actor: actorOf(payer),
  requestId: payer.requestId,
  network: networkOf(payer.address),
  at: payer.at,
});

/** A seller is an account, and what it sells is its own. */
export const accountOf = (seller: SellerId): AccountId => seller as string as AccountId;
