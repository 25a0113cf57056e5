import { okAsync } from 'neverthrow';
import type { Membership } from '../../../domain/accounts/membership.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import type { Resource, Via } from '../../../domain/shared/principal.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { Access, Credential, Identity, Target } from '../../../ports/accounts/access.js';
import { standingSeen } from '../billing/standings.js';
import { type FileSystemRow, TABLES as FLEET, type GatewayRow, isLiving } from '../fleet/rows.js';
import type { MemoryLook, MemoryStore } from '../kit/store.js';
import { type BucketRow, type ConnectionRow, TABLES as STORAGE, splitBucket } from '../storage/rows.js';
import {
  type AccountRow,
  type ApiKeyRow,
  personalAccountOf,
  type SessionRow,
  splitAccount,
  TABLES,
  type UserRow,
} from './rows.js';

type Shown = {
  readonly userId: UserId;
  readonly via: Via;
  readonly lastUsedAt?: Instant | undefined;
};

const stands = (
  row: { readonly revokedAt?: Instant | undefined; readonly expiresAt?: Instant | undefined },
  at: Instant,
): boolean => row.revokedAt === undefined && (row.expiresAt === undefined || row.expiresAt > at);

const sessionIn = (look: MemoryLook, id: string, at: Instant): Shown | undefined => {
  const session = look<SessionRow>(TABLES.sessions).get(id);
  return session && stands(session, at)
    ? { userId: session.userId, via: { kind: 'session', id } }
    : undefined;
};

const keyIn = (look: MemoryLook, hash: string, at: Instant): Shown | undefined => {
  const key = look<ApiKeyRow>(TABLES.apiKeys)
    .all()
    .find((row) => row.hash === hash);
  if (!key || !stands(key, at)) return undefined;
  const { id, scopes, accountId, roleCap, userId, lastUsedAt } = key;
  return { userId, lastUsedAt, via: { kind: 'api_key', id, scopes, accountId, roleCap } };
};

const shownIn = (look: MemoryLook, credential: Credential, at: Instant): Shown | undefined =>
  credential.kind === 'session'
    ? sessionIn(look, credential.sessionId, at)
    : keyIn(look, credential.hash, at);

type Owned = { readonly accountId: AccountId };

/** Of the row of what lies in an account; tombstones are found by nobody. */
const OWNED: Record<
  Exclude<Target['kind'], 'none' | 'personal' | 'project' | 'paying_project'>,
  (look: MemoryLook, id: string) => Owned | undefined
> = {
  bucket: (look, id) => {
    const bucket = look<BucketRow>(STORAGE.buckets).get(id);
    return bucket?.status === 'deleted' ? undefined : bucket;
  },
  connection: (look, id) => look<ConnectionRow>(STORAGE.connections).get(id),
  file_system: (look, id) => look<FileSystemRow>(FLEET.fileSystems).get(id),
  gateway: (look, id) => {
    const gateway = look<GatewayRow>(FLEET.gateways).get(id);
    return gateway && isLiving(gateway) ? gateway : undefined;
  },
};

/** Only platform accounts are projects; a personal one is reached through what lies in it. */
const accountAt = (look: MemoryLook, target: Target, userId: UserId): AccountRow | undefined => {
  const accounts = look<AccountRow>(TABLES.accounts);
  if (target.kind === 'none') return undefined;
  if (target.kind === 'personal') return personalAccountOf(accounts.all(), userId);
  if (target.kind === 'project' || target.kind === 'paying_project') {
    const account = accounts.get(target.id);
    return account?.kind === 'platform' ? account : undefined;
  }
  const owned = OWNED[target.kind](look, target.id);
  return owned && accounts.get(owned.accountId);
};

/** As the reader of what it is takes it. */
const resourceAt = (look: MemoryLook, target: Target): Resource | undefined => {
  if (target.kind === 'paying_project')
    return standingSeen(look, target.id as AccountId) as object | undefined as Resource | undefined;
  const bucket = target.kind === 'bucket' ? look<BucketRow>(STORAGE.buckets).get(target.id) : undefined;
  return bucket && (splitBucket(bucket)[0] as unknown as Resource);
};

const placeIn = (look: MemoryLook, target: Target, userId: UserId): Identity['place'] => {
  const row = accountAt(look, target, userId);
  if (!row || row.deletedAt !== undefined) return undefined;
  const membership = look<Membership>(TABLES.memberships)
    .all()
    .find((m) => m.status === 'accepted' && m.accountId === row.id && m.userId === userId);
  if (!membership) return undefined;
  return { account: splitAccount(row)[0], role: membership.role, resource: resourceAt(look, target) };
};

/** Who is asking and as what, at one moment. */
export const memoryAccess = (store: MemoryStore): Access => ({
  find: (credential, target, at) =>
    store.look((look) => {
      const shown = shownIn(look, credential, at);
      const user = shown && look<UserRow>(TABLES.users).get(shown.userId);
      return user && { ...shown, platformAdmin: user.platformAdmin, place: placeIn(look, target, user.id) };
    }),
  // Requests of one key may end in another order than they came: the latest use stays.
  noteKeyUse: (keyId, at) =>
    store.run((tx) => {
      const keys = tx.table<ApiKeyRow>(TABLES.apiKeys);
      return keys
        .get(keyId)
        .andThen((key) =>
          key && (key.lastUsedAt === undefined || key.lastUsedAt < at)
            ? keys.put(keyId, { ...key, lastUsedAt: at })
            : okAsync(undefined),
        );
    }),
});
