import type { ServiceIdentifier } from 'inversify';
import type { AccountLimit } from '../application/accounts/deps.js';
import type { Accounts } from '../application/accounts/index.js';
import type { Processor } from '../application/billing/deps.js';
import type { Billing } from '../application/billing/index.js';
import type { RecentFacts } from '../application/entitlements/deps.js';
import type { Entitlements } from '../application/entitlements/index.js';
import type { Workspaces } from '../application/entitlements/workspaces/index.js';
import type { Fleet } from '../application/fleet/index.js';
import type { Storage } from '../application/storage/index.js';
import type { Metering } from '../application/storage/metering/metering.js';
import type { KeptJournals } from '../application/storage/upload-journals.js';
import type { Access } from '../ports/accounts/access.js';
import type { AccessTokens } from '../ports/accounts/access-tokens.js';
import type { OrganizationTokens } from '../ports/accounts/organization-tokens.js';
import type { AccountsReaders } from '../ports/accounts/readers.js';
import type { AccountsUnitOfWork } from '../ports/accounts/unit-of-work.js';
import type { InboundEvents } from '../ports/billing/inbound-events.js';
import type { PriceBook } from '../ports/billing/price-book.js';
import type { BillingReaders, BillingUnitOfWork } from '../ports/billing/unit-of-work.js';
import type { UsageReaders } from '../ports/billing/usage-readers.js';
import type { PackShelf } from '../ports/entitlements/pack-shelf.js';
import type { EntitlementReaders, EntitlementsUnitOfWork } from '../ports/entitlements/unit-of-work.js';
import type { WorkspaceReaders, WorkspacesUnitOfWork } from '../ports/entitlements/workspaces.js';
import type { Deployment } from '../ports/fleet/deployment.js';
import type { FleetEntitlements } from '../ports/fleet/entitlements.js';
import type { Providers } from '../ports/fleet/providers.js';
import type { PublicFileSystems } from '../ports/fleet/public-file-systems.js';
import type { Sources } from '../ports/fleet/sources.js';
import type { EventFeed, FleetReaders, FleetUnitOfWork, GatewayLeases } from '../ports/fleet/unit-of-work.js';
import type { AccountKeys } from '../ports/shared/account-keys.js';
import type { AuditTrail } from '../ports/shared/audit-trail.js';
import type { Checksums } from '../ports/shared/checksums.js';
import type { Clock } from '../ports/shared/clock.js';
import type { Crc32 } from '../ports/shared/crc32.js';
import type { Digest } from '../ports/shared/digest.js';
import type { Email } from '../ports/shared/email.js';
import type { Ids } from '../ports/shared/ids.js';
import type { Jobs } from '../ports/shared/jobs.js';
import type { PageTokens } from '../ports/shared/page-tokens.js';
import type { Passwords } from '../ports/shared/passwords.js';
import type { Pause } from '../ports/shared/pause.js';
import type { Random } from '../ports/shared/random.js';
import type { RateLimits } from '../ports/shared/rate-limits.js';
import type { Sealer } from '../ports/shared/sealer.js';
import type { StorageAllotments } from '../ports/storage/allotments.js';
import type { Endpoints } from '../ports/storage/endpoints.js';
import type { ForeignStore, ForeignStores } from '../ports/storage/foreign-stores.js';
import type { StorageLimits } from '../ports/storage/limits.js';
import type { LinkTokens } from '../ports/storage/links.js';
import type { StorageCounts, StorageMeter } from '../ports/storage/meter.js';
import type { MultipartUploads } from '../ports/storage/multipart.js';
import type { ObjectStore } from '../ports/storage/object-store.js';
import type { OpenUploads } from '../ports/storage/open-uploads.js';
import type { StorageReaders, StorageUnitOfWork } from '../ports/storage/unit-of-work.js';

const token = <T>(name: string) => Symbol(name) as ServiceIdentifier<T>;

/** One token per port. */
export const ports = {
  clock: token<Clock>('clock'),
  ids: token<Ids>('ids'),
  random: token<Random>('random'),
  digest: token<Digest>('digest'),
  crc32: token<Crc32>('crc32'),
  checksums: token<Checksums>('checksums'),
  passwords: token<Passwords>('passwords'),
  pause: token<Pause>('pause'),
  sealer: token<Sealer>('sealer'),
  pageTokens: token<PageTokens>('page tokens'),
  linkTokens: token<LinkTokens>('tokens of links'),
  accessTokens: token<AccessTokens>('access tokens of Training Pipes'),
  personalTokens: token<AccessTokens>('access tokens of Datilio'),
  organizationTokens: token<OrganizationTokens>('tokens of organizations’ clients'),
  email: token<Email>('email'),
  requestLimits: token<RateLimits<'requests'>>('request limits'),
  accountLimits: token<RateLimits<AccountLimit>>('account limits'),
  jobs: token<Jobs>('jobs'),
  accountKeys: token<AccountKeys>('account keys'),
  auditTrail: token<AuditTrail>('audit trail'),
  accounts: token<AccountsUnitOfWork>('accounts unit of work'),
  access: token<Access>('access'),
  accountsReaders: token<AccountsReaders>('accounts readers'),
  storage: token<StorageUnitOfWork>('storage unit of work'),
  storageReaders: token<StorageReaders>('storage readers'),
  objects: token<ObjectStore>('object store of managed buckets'),
  uploads: token<MultipartUploads | undefined>('uploads in parts into managed buckets'),
  openUploads: token<OpenUploads>('open uploads'),
  uploadJournals: token<KeptJournals>('journals of uploads'),
  storageMeter: token<StorageMeter>('meter of storage'),
  storageAllotments: token<StorageAllotments>('room set aside'),
  storageCounts: token<StorageCounts>('counts of managed buckets'),
  storageLimits: token<StorageLimits>('limits of what is stored'),
  storageMetering: token<Metering>('metering of this process'),
  foreignStores: token<ForeignStores>('stores behind connections'),
  endpoints: token<Endpoints>('endpoints of stores'),
  managedUploads: token<Pick<ForeignStore, 'abortUpload'>>('uploads into managed buckets'),
  fleet: token<FleetUnitOfWork>('fleet unit of work'),
  fleetReaders: token<FleetReaders>('fleet readers'),
  gatewayLeases: token<GatewayLeases>('leases on gateways'),
  eventFeed: token<EventFeed>('event feed'),
  providers: token<Providers>('providers of gateways'),
  sources: token<Sources>('sources of file systems'),
  fleetEntitlements: token<FleetEntitlements>('what accounts may launch'),
  deployment: token<Deployment>('deployment'),
  publicFileSystems: token<PublicFileSystems>('public file systems'),
  priceBook: token<PriceBook>('price book'),
  usageReaders: token<UsageReaders>('usage readers'),
  billing: token<BillingUnitOfWork>('billing unit of work'),
  billingReaders: token<BillingReaders>('billing readers'),
  inboundEvents: token<InboundEvents>('events of processors that came'),
  processor: token<Processor>('payment processor'),
  entitlements: token<EntitlementsUnitOfWork>('entitlements unit of work'),
  entitlementReaders: token<EntitlementReaders>('entitlements readers'),
  workspaces: token<WorkspacesUnitOfWork>('workspaces unit of work'),
  workspaceReaders: token<WorkspaceReaders>('workspaces readers'),
  packShelf: token<PackShelf>('shelf of review packs'),
  recentFacts: token<RecentFacts>('facts of accounts, as of lately'),
};

/** One token per context: its use cases. */
export const contexts = {
  accounts: token<Accounts>('accounts'),
  storage: token<Storage>('storage'),
  fleet: token<Fleet>('fleet'),
  billing: token<Billing>('billing'),
  entitlements: token<Entitlements>('entitlements'),
  workspaces: token<Workspaces>('workspaces'),
};
