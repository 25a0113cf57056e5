import * as z from 'zod';
import { isUuid } from '../../../domain/shared/ids.js';

const NOBODYS = '00000000-0000-0000-0000-000000000000';

/** Ids on their way in: one that is malformed names nothing. */
export const Id = z.string().refine(isUuid, 'must be an id');

/** Ids in a body: one that is malformed names what nobody has. */
export const NamedId = z.string().transform((id) => (isUuid(id) ? id : NOBODYS));

/** A name that people read. */
export const Name = z.string().trim().min(1).max(200);

export const Timestamp = z.iso.datetime();
const optionalTime = Timestamp.optional();

export const HealthDto = z.object({ status: z.enum(['ok']), version: z.string() }).meta({ id: 'Health' });

export const ProjectDto = z
  .object({
    id: z.string(),
    name: z.string(),
    creator_id: z.string(),
    stripe_customer_id: z.string().optional(),
    stripe_subscription_id: z.string().optional(),
    stripe_price_id: z.string().optional(),
    stripe_subscription_status: z.string().optional(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Project' });

export const UserDto = z
  .object({
    id: z.string(),
    email: z.string(),
    first_name: z.string().optional(),
    last_name: z.string().optional(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'User' });

export const RoleDto = z.enum(['owner', 'admin', 'member']);

export const MembershipDto = z
  .object({
    id: z.string(),
    user_id: z.string().optional(),
    project_id: z.string(),
    project: ProjectDto,
    user: UserDto.optional(),
    /** Additive: the address an open invitation went to. */
    invited_email: z.string().optional(),
    role: RoleDto,
    status: z.enum(['invited', 'accepted', 'denied']),
    invitation_sent_at: optionalTime,
    invitation_accepted_at: optionalTime,
    invitation_denied_at: optionalTime,
    created_at: Timestamp,
  })
  .meta({ id: 'ProjectMembership' });

export const ApiKeyDto = z
  .object({
    id: z.string(),
    name: z.string(),
    key_prefix: z.string(),
    /** Additive: what the key is confined to. */
    project_id: z.string().optional(),
    role: RoleDto.optional(),
    scopes: z.array(z.string()),
    last_used_at: optionalTime,
    expires_at: optionalTime,
    created_at: Timestamp,
  })
  .meta({ id: 'ApiKey' });

export const ApiKeyCreatedDto = ApiKeyDto.omit({ last_used_at: true })
  .extend({ key: z.string() })
  .meta({ id: 'ApiKeyCreated' });

export const BucketDto = z
  .object({
    id: z.string(),
    project_id: z.string(),
    name: z.string(),
    bucket_name: z.string(),
    provider: z.enum(['managed']),
    region: z.string(),
    endpoint: z.string().optional(),
    access_key_id: z.string().optional(),
    secret_access_key: z.string().optional(),
    status: z.enum(['pending', 'active', 'failed', 'deleting']),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Bucket' });

export const ObjectEntryDto = z
  .object({
    key: z.string(),
    name: z.string(),
    type: z.enum(['file', 'folder']),
    size: z.int().optional(),
    last_modified: optionalTime,
  })
  .meta({ id: 'ObjectEntry' });

export const ObjectListDto = z
  .object({
    items: z.array(ObjectEntryDto),
    prefix: z.string(),
    has_more: z.boolean(),
    next_continuation_token: z.string().optional(),
  })
  .meta({ id: 'ObjectList' });

const RegionDto = z.object({ name: z.string(), display_name: z.string() }).meta({ id: 'RegionConfig' });
const ProviderDto = z
  .object({ name: z.string(), display_name: z.string(), regions: z.array(RegionDto) })
  .meta({ id: 'ProviderConfig' });
const InstanceTypeDto = z
  .object({
    name: z.string(),
    display_name: z.string(),
    description: z.string(),
    free_tier: z.boolean(),
    price_cents_per_hour: z.int(),
  })
  .meta({ id: 'AWSInstanceTypeOption' });
export const PlatformConfigDto = z
  .object({ providers: z.array(ProviderDto), aws_instance_types: z.array(InstanceTypeDto) })
  .meta({ id: 'PlatformConfig' });

export const PublicFileSystemDto = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    nfs_server: z.string(),
    nfs_path: z.string(),
    nfs_port: z.int(),
    region: z.string(),
  })
  .meta({ id: 'PublicFileSystem' });

export const listOf = <T extends z.ZodType>(id: string, item: T) =>
  z.object({ items: z.array(item), next_page_token: z.string().optional() }).meta({ id });
