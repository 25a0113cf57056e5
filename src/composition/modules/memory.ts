import { ContainerModule, type ServiceIdentifier } from 'inversify';
import type { Quotas } from '../../adapters/kit/limited.js';
import { memoryAccess } from '../../adapters/memory/accounts/access.js';
import { memoryAccountsReaders } from '../../adapters/memory/accounts/readers.js';
import { memoryAccounts } from '../../adapters/memory/accounts/unit-of-work.js';
import { memoryInboundEvents } from '../../adapters/memory/billing/inbound-events.js';
import { memoryPriceBook } from '../../adapters/memory/billing/price-book.js';
import { memoryBillingReaders } from '../../adapters/memory/billing/readers.js';
import { memoryBilling } from '../../adapters/memory/billing/unit-of-work.js';
import { memoryUsageReaders } from '../../adapters/memory/billing/usage-readers.js';
import { memoryEntitlementReaders } from '../../adapters/memory/entitlements/readers.js';
import { memoryEntitlements } from '../../adapters/memory/entitlements/unit-of-work.js';
import { memoryWorkspaceReaders } from '../../adapters/memory/entitlements/workspaces/readers.js';
import { memoryWorkspaces } from '../../adapters/memory/entitlements/workspaces/unit-of-work.js';
import { memoryEventFeed } from '../../adapters/memory/fleet/event-feed.js';
import { memoryGatewayLeases } from '../../adapters/memory/fleet/leases.js';
import { memoryPublicFileSystems } from '../../adapters/memory/fleet/public-file-systems.js';
import { memoryFleetReaders } from '../../adapters/memory/fleet/readers.js';
import { memoryFleet } from '../../adapters/memory/fleet/unit-of-work.js';
import type { MemoryStore } from '../../adapters/memory/kit/store.js';
import { memoryAccountKeys } from '../../adapters/memory/shared/account-keys.js';
import { memoryAuditTrail } from '../../adapters/memory/shared/audit-trail.js';
import { memoryJobs } from '../../adapters/memory/shared/jobs.js';
import { memoryRateLimits } from '../../adapters/memory/shared/rate-limits.js';
import { memoryStorageAllotments } from '../../adapters/memory/storage/allotments.js';
import { memoryStorageCounts } from '../../adapters/memory/storage/counts.js';
import { memoryStorageMeter } from '../../adapters/memory/storage/meter.js';
import { memoryStore as memoryManaged } from '../../adapters/memory/storage/object-store.js';
import { memoryOpenUploads } from '../../adapters/memory/storage/open-uploads.js';
import { memoryStorageReaders } from '../../adapters/memory/storage/readers.js';
import { memoryStorage } from '../../adapters/memory/storage/unit-of-work.js';
import { ACCOUNT_LIMITS } from '../limits.js';
import { ports } from '../tokens.js';

/** The same ports without a database: what the property suites and crash tests run on. */
export const memoryModule = (store: MemoryStore, quotas: Quotas) =>
  new ContainerModule(({ bind }) => {
    bind(ports.accounts)
      .toResolvedValue((ids) => memoryAccounts(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.storage)
      .toResolvedValue((ids) => memoryStorage(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.access).toConstantValue(memoryAccess(store));
    bind(ports.accountsReaders).toConstantValue(memoryAccountsReaders(store));
    bind(ports.storageReaders).toConstantValue(memoryStorageReaders(store));
    bind(ports.storageMeter).toConstantValue(memoryStorageMeter(store));
    bind(ports.storageAllotments).toConstantValue(memoryStorageAllotments(store));
    bind(ports.storageCounts).toConstantValue(memoryStorageCounts(store));
    bind(ports.openUploads).toConstantValue(memoryOpenUploads(store));
    bind(ports.fleet)
      .toResolvedValue((ids) => memoryFleet(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.fleetReaders).toConstantValue(memoryFleetReaders(store));
    bind(ports.gatewayLeases).toConstantValue(memoryGatewayLeases(store));
    bind(ports.eventFeed).toConstantValue(memoryEventFeed(store));
    bind(ports.publicFileSystems).toConstantValue(memoryPublicFileSystems(store));
    bind(ports.priceBook).toConstantValue(memoryPriceBook(store));
    bind(ports.usageReaders).toConstantValue(memoryUsageReaders(store));
    bind(ports.billing)
      .toResolvedValue((ids) => memoryBilling(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.billingReaders).toConstantValue(memoryBillingReaders(store));
    bind(ports.inboundEvents).toConstantValue(memoryInboundEvents(store));
    bind(ports.entitlements)
      .toResolvedValue((ids) => memoryEntitlements(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.entitlementReaders).toConstantValue(memoryEntitlementReaders(store));
    bind(ports.workspaces)
      .toResolvedValue((ids) => memoryWorkspaces(store, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.workspaceReaders).toConstantValue(memoryWorkspaceReaders(store));
    bind(ports.jobs).toConstantValue(memoryJobs(store));
    bind(ports.accountKeys).toConstantValue(memoryAccountKeys(store));
    bind(ports.auditTrail).toConstantValue(memoryAuditTrail(store));
    bind(ports.accountLimits)
      .toResolvedValue((clock) => memoryRateLimits({ limits: ACCOUNT_LIMITS, clock }), [ports.clock])
      .inSingletonScope();
    const managed = Symbol('managed store') as ServiceIdentifier<ReturnType<typeof memoryManaged>>;
    bind(managed)
      .toResolvedValue((clock, ids) => memoryManaged({ clock, ids }), [ports.clock, ports.ids])
      .inSingletonScope();
    bind(ports.objects)
      .toResolvedValue(({ objects }) => objects, [managed])
      .inSingletonScope();
    bind(ports.uploads)
      .toResolvedValue(({ uploads }) => uploads, [managed])
      .inSingletonScope();
  });
