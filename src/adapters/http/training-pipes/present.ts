import type * as z from 'zod';
import type { ReachableBucket } from '../../../application/storage/reach.js';
import type { Account } from '../../../domain/accounts/account.js';
import type { ApiKey } from '../../../domain/accounts/api-key.js';
import type { User } from '../../../domain/accounts/user.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import { type Connection, signingRegion } from '../../../domain/storage/connection.js';
import type { MembershipView } from '../../../ports/accounts/readers.js';
import type { Standing } from '../../../ports/billing/standings.js';
import type { ConnectionDto } from './connection-schemas.js';
import type { ApiKeyDto, BucketDto, MembershipDto, ProjectDto, UserDto } from './schemas.js';

/** A time that may be missing: the field is left out, never null. */
export const isoOr = (at: Instant | undefined): string | undefined =>
  at === undefined ? undefined : iso(at);

/** A project, and how it stands with the platform. */
export type Paying = { readonly account: Account; readonly standing: Standing | undefined };

export const presentPaying = ({ account, standing }: Paying): z.input<typeof ProjectDto> => ({
  ...presentProject(account),
  stripe_customer_id: standing?.customerId,
  stripe_subscription_id: standing?.subscription?.id,
  stripe_price_id: standing?.subscription?.priceId,
  stripe_subscription_status: standing?.subscription?.status,
});

export const presentProject = (account: Account): z.input<typeof ProjectDto> => ({
  id: account.id,
  name: account.name,
  creator_id: account.creatorId,
  created_at: iso(account.createdAt),
  updated_at: iso(account.updatedAt),
});

export const presentUser = (user: User): z.input<typeof UserDto> => ({
  id: user.id,
  email: user.email,
  first_name: user.firstName,
  last_name: user.lastName,
  created_at: iso(user.createdAt),
  updated_at: iso(user.updatedAt),
});

export const presentMembership = ({
  membership: m,
  account,
  user,
}: MembershipView): z.input<typeof MembershipDto> => ({
  id: m.id,
  user_id: m.status === 'accepted' ? m.userId : undefined,
  project_id: m.accountId,
  project: presentProject(account),
  user: user && presentUser(user),
  invited_email: m.email,
  role: m.role,
  status: m.status,
  invitation_sent_at: isoOr(m.invitationSentAt),
  invitation_accepted_at: m.status === 'accepted' ? isoOr(m.invitationAcceptedAt) : undefined,
  invitation_denied_at: m.status === 'denied' ? isoOr(m.invitationDeniedAt) : undefined,
  created_at: iso(m.createdAt),
});

export const presentApiKey = (key: ApiKey): z.input<typeof ApiKeyDto> => ({
  id: key.id,
  name: key.name,
  key_prefix: key.prefix,
  project_id: key.accountId,
  role: key.roleCap,
  scopes: [...key.scopes],
  last_used_at: isoOr(key.lastUsedAt),
  expires_at: isoOr(key.expiresAt),
  created_at: iso(key.createdAt),
});

/** Keys only as far as they were handed in: the secret at creation, and to admins who ask for the bucket. */
export const presentBucket = ({
  bucket,
  endpoint,
  accessKeyId,
  secret,
}: ReachableBucket): z.input<typeof BucketDto> => ({
  id: bucket.id,
  project_id: bucket.accountId,
  name: bucket.name,
  bucket_name: bucket.bucketName,
  provider: 'managed',
  region: bucket.region,
  endpoint,
  access_key_id: accessKeyId,
  secret_access_key: secret,
  // Readers never find a tombstone; the word does not exist outside.
  status: bucket.status === 'deleted' ? 'deleting' : bucket.status,
  created_at: iso(bucket.createdAt),
  updated_at: iso(bucket.updatedAt),
});

/** Never a secret: those go in and do not come out. */
export const presentConnection = (connection: Connection): z.input<typeof ConnectionDto> => {
  const { id, accountId, provider, uri, region, status, accessKeyId } = connection;
  const spec = { bucket_name: connection.bucketName, region: signingRegion(connection) };
  return {
    id,
    project_id: accountId,
    provider,
    uri,
    region,
    status,
    ...(provider === 'gcp'
      ? { gcp_spec: { ...spec, client_email: accessKeyId, project_id: connection.projectId } }
      : { s3_spec: { ...spec, endpoint: connection.endpoint, access_key_id: accessKeyId } }),
    created_at: iso(connection.createdAt),
    updated_at: iso(connection.updatedAt),
  };
};
