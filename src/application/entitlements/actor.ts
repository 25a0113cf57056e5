import type { AccountId } from '../../domain/shared/ids.js';
import { networkOf } from '../../domain/shared/network.js';
import type { Caller, Visit } from '../../domain/shared/principal.js';
import type { AuditEntry } from '../../ports/shared/audit.js';

/** Who did it, for the audit: a user, or somebody who is none (a client of an organization, the server itself). */
type Who = Pick<Caller, 'userId' | 'via' | 'platformAdmin'> | { readonly actor: AuditEntry['actor'] };

/** Somebody who asks for something here. A caller and a member are one. */
export type Actor = Visit & { readonly accountId?: AccountId | undefined } & Who;
/** One who acts in an account. */
export type Insider = Actor & { readonly accountId: AccountId };

type Deed = Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>;

const actorOf = (who: Who): AuditEntry['actor'] => {
  if ('actor' in who) return who.actor;
  return who.via.kind === 'api_key' ? { kind: 'api_key', id: who.via.id } : { kind: 'user', id: who.userId };
};

/** The server counts on its own. */
export const isSystem = (who: Actor): boolean => 'actor' in who && who.actor.kind === 'system';

/** May do what the people of an account may not: platform admins, and the server itself. */
export const isUnbound = (who: Actor): boolean =>
  'actor' in who ? isSystem(who) || who.actor.kind === 'platform_admin' : who.platformAdmin;

const entryBy = (actor: Actor, by: AuditEntry['actor'], deed: Deed): AuditEntry => ({
  ...deed,
  actor: by,
  requestId: actor.requestId,
  network: networkOf(actor.address),
  at: actor.at,
});

/** An audit entry for what somebody did in an account. */
export const byActor = (actor: Actor, deed: Deed): AuditEntry => entryBy(actor, actorOf(actor), deed);

/** An audit entry for what a platform admin did as such. */
export const byAdmin = (actor: Actor, deed: Deed): AuditEntry =>
  entryBy(actor, 'actor' in actor ? actor.actor : { kind: 'platform_admin', id: actor.userId }, deed);
