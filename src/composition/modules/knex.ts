import { ContainerModule } from 'inversify';
import type { Knex } from 'knex';
import type { Quotas } from '../../adapters/kit/limited.js';
import { knexAccess } from '../../adapters/knex/accounts/access.js';
import { knexAccountsReaders } from '../../adapters/knex/accounts/readers.js';
import { knexAccounts } from '../../adapters/knex/accounts/unit-of-work.js';
import { knexInboundEvents } from '../../adapters/knex/billing/inbound-events.js';
import { knexPriceBook } from '../../adapters/knex/billing/price-book.js';
import { knexBillingReaders } from '../../adapters/knex/billing/readers.js';
import { knexBilling } from '../../adapters/knex/billing/unit-of-work.js';
import { knexUsageReaders } from '../../adapters/knex/billing/usage-readers.js';
import { knexEntitlementReaders } from '../../adapters/knex/entitlements/readers.js';
import { knexEntitlements } from '../../adapters/knex/entitlements/unit-of-work.js';
import { knexWorkspaceReaders } from '../../adapters/knex/entitlements/workspaces/readers.js';
import { knexWorkspaces } from '../../adapters/knex/entitlements/workspaces/unit-of-work.js';
import { knexEventFeed } from '../../adapters/knex/fleet/event-feed.js';
import { knexGatewayLeases } from '../../adapters/knex/fleet/leases.js';
import { knexPublicFileSystems } from '../../adapters/knex/fleet/public-file-systems.js';
import { knexFleetReaders } from '../../adapters/knex/fleet/readers.js';
import { knexFleet } from '../../adapters/knex/fleet/unit-of-work.js';
import { knexAccountKeys } from '../../adapters/knex/shared/account-keys.js';
import { knexAuditTrail } from '../../adapters/knex/shared/audit-trail.js';
import { knexJobs } from '../../adapters/knex/shared/jobs.js';
import { knexRateLimits } from '../../adapters/knex/shared/rate-limits.js';
import { knexStorageAllotments } from '../../adapters/knex/storage/allotments.js';
import { knexStorageCounts } from '../../adapters/knex/storage/counts.js';
import { knexStorageMeter } from '../../adapters/knex/storage/meter.js';
import { knexOpenUploads } from '../../adapters/knex/storage/open-uploads.js';
import { knexStorageReaders } from '../../adapters/knex/storage/readers.js';
import { knexStorage } from '../../adapters/knex/storage/unit-of-work.js';
import { ACCOUNT_LIMITS } from '../limits.js';
import { ports } from '../tokens.js';

/** Every port whose truth lies in PostgreSQL. */
export const knexModule = (db: Knex, quotas: Quotas) =>
  new ContainerModule(({ bind }) => {
    bind(ports.accounts)
      .toResolvedValue((ids) => knexAccounts(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.storage)
      .toResolvedValue((ids) => knexStorage(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.access).toConstantValue(knexAccess(db));
    bind(ports.accountsReaders).toConstantValue(knexAccountsReaders(db));
    bind(ports.storageReaders).toConstantValue(knexStorageReaders(db));
    bind(ports.storageMeter).toConstantValue(knexStorageMeter(db));
    bind(ports.storageAllotments).toConstantValue(knexStorageAllotments(db));
    bind(ports.storageCounts).toConstantValue(knexStorageCounts(db));
    bind(ports.openUploads).toConstantValue(knexOpenUploads(db));
    bind(ports.fleet)
      .toResolvedValue((ids) => knexFleet(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.fleetReaders).toConstantValue(knexFleetReaders(db));
    bind(ports.gatewayLeases).toConstantValue(knexGatewayLeases(db));
    bind(ports.eventFeed).toConstantValue(knexEventFeed(db));
    bind(ports.publicFileSystems).toConstantValue(knexPublicFileSystems(db));
    bind(ports.priceBook).toConstantValue(knexPriceBook(db));
    bind(ports.usageReaders).toConstantValue(knexUsageReaders(db));
    bind(ports.billing)
      .toResolvedValue((ids) => knexBilling(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.billingReaders).toConstantValue(knexBillingReaders(db));
    bind(ports.inboundEvents).toConstantValue(knexInboundEvents(db));
    bind(ports.entitlements)
      .toResolvedValue((ids) => knexEntitlements(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.entitlementReaders).toConstantValue(knexEntitlementReaders(db));
    bind(ports.workspaces)
      .toResolvedValue((ids) => knexWorkspaces(db, { ids, quotas }), [ports.ids])
      .inSingletonScope();
    bind(ports.workspaceReaders).toConstantValue(knexWorkspaceReaders(db));
    bind(ports.jobs).toConstantValue(knexJobs(db));
    bind(ports.accountKeys).toConstantValue(knexAccountKeys(db));
    bind(ports.auditTrail).toConstantValue(knexAuditTrail(db));
    bind(ports.accountLimits)
      .toResolvedValue((clock) => knexRateLimits(db, { limits: ACCOUNT_LIMITS, clock }), [ports.clock])
      .inSingletonScope();
  });
