import { ContainerModule } from 'inversify';
import type { AccountsDeps, AccountsSettings } from '../../application/accounts/deps.js';
import { accounts } from '../../application/accounts/index.js';
import { type BillingDeps, type BillingSettings, billing } from '../../application/billing/index.js';
import type { EntitlementsDeps, EntitlementsSettings } from '../../application/entitlements/deps.js';
import { entitlements } from '../../application/entitlements/index.js';
import { recentFacts } from '../../application/entitlements/recent-facts.js';
import type { FleetDeps, FleetSettings } from '../../application/fleet/deps.js';
import { fleet } from '../../application/fleet/index.js';
import type { StorageDeps, StorageSettings } from '../../application/storage/deps.js';
import { storage } from '../../application/storage/index.js';
import { storageMetering } from '../../application/storage/metering/metering.js';
import { uploadJournals } from '../../application/storage/upload-journals.js';
import { storageLimits } from '../entitled.js';
import { contexts, ports } from '../tokens.js';
import { byName } from './by-name.js';

/** What this process writes down of its uploads, one for all who write. */
export const journalsModule = new ContainerModule(({ bind }) => {
  bind(ports.uploadJournals)
    .toResolvedValue(
      (openUploads, clock, ids) => uploadJournals({ openUploads, clock, ids }),
      [ports.openUploads, ports.clock, ports.ids],
    )
    .inSingletonScope();
});

/** How this process counts what it stores and holds it to the limits, one for all who store. */
export const meteringModule = ({ fallbacks }: Pick<EntitlementsSettings, 'fallbacks'>) =>
  new ContainerModule(({ bind }) => {
    bind(ports.storageLimits)
      .toResolvedValue(
        (facts, clock) => storageLimits(facts, fallbacks, clock),
        [ports.recentFacts, ports.clock],
      )
      .inSingletonScope();
    bind(ports.storageMetering)
      .toResolvedValue(
        (meter, allotments, clock, ids, limits) => storageMetering({ meter, allotments, clock, ids, limits }),
        [ports.storageMeter, ports.storageAllotments, ports.clock, ports.ids, ports.storageLimits],
      )
      .inSingletonScope();
  });

const accountsNeeds = byName<Omit<AccountsDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  random: ports.random,
  digest: ports.digest,
  passwords: ports.passwords,
  pause: ports.pause,
  sealer: ports.sealer,
  accountKeys: ports.accountKeys,
  accounts: ports.accounts,
  access: ports.access,
  readers: ports.accountsReaders,
  tokens: ports.accessTokens,
  personalTokens: ports.personalTokens,
  organizationTokens: ports.organizationTokens,
  auditTrail: ports.auditTrail,
  limits: ports.accountLimits,
  email: ports.email,
});

export const accountsModule = (settings: AccountsSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.accounts)
      .toResolvedValue(
        (...given: unknown[]) => accounts({ ...accountsNeeds.named(given), settings }),
        accountsNeeds.tokens,
      )
      .inSingletonScope();
  });

const storageNeeds = byName<Omit<StorageDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  random: ports.random,
  crc32: ports.crc32,
  checksums: ports.checksums,
  pause: ports.pause,
  sealer: ports.sealer,
  accountKeys: ports.accountKeys,
  storage: ports.storage,
  readers: ports.storageReaders,
  objects: ports.objects,
  uploads: ports.uploads,
  foreignStores: ports.foreignStores,
  endpoints: ports.endpoints,
  linkTokens: ports.linkTokens,
  journals: ports.uploadJournals,
  managedUploads: ports.managedUploads,
  openUploads: ports.openUploads,
  meter: ports.storageMeter,
  counts: ports.storageCounts,
  metering: ports.storageMetering,
});

export const storageModule = (settings: StorageSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.storage)
      .toResolvedValue(
        (...given: unknown[]) => storage({ ...storageNeeds.named(given), settings }),
        storageNeeds.tokens,
      )
      .inSingletonScope();
  });

const fleetNeeds = byName<Omit<FleetDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  random: ports.random,
  pause: ports.pause,
  digest: ports.digest,
  sealer: ports.sealer,
  accountKeys: ports.accountKeys,
  fleet: ports.fleet,
  readers: ports.fleetReaders,
  leases: ports.gatewayLeases,
  feed: ports.eventFeed,
  providers: ports.providers,
  sources: ports.sources,
  entitlements: ports.fleetEntitlements,
  deployment: ports.deployment,
  publicFileSystems: ports.publicFileSystems,
});

export const fleetModule = (settings: FleetSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.fleet)
      .toResolvedValue(
        (...given: unknown[]) => fleet({ ...fleetNeeds.named(given), settings }),
        fleetNeeds.tokens,
      )
      .inSingletonScope();
  });

const billingNeeds = byName<Omit<BillingDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  priceBook: ports.priceBook,
  usage: ports.usageReaders,
  billing: ports.billing,
  readers: ports.billingReaders,
  inbound: ports.inboundEvents,
  processor: ports.processor,
});

export const billingModule = (settings: BillingSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.billing)
      .toResolvedValue(
        (...given: unknown[]) => billing({ ...billingNeeds.named(given), settings }),
        billingNeeds.tokens,
      )
      .inSingletonScope();
  });

const entitlementsNeeds = byName<Omit<EntitlementsDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  entitlements: ports.entitlements,
  readers: ports.entitlementReaders,
  recentFacts: ports.recentFacts,
});

export const entitlementsModule = (settings: EntitlementsSettings) =>
  new ContainerModule(({ bind }) => {
    bind(ports.recentFacts)
      .toResolvedValue(
        (clock, readers) => recentFacts({ clock, readers }),
        [ports.clock, ports.entitlementReaders],
      )
      .inSingletonScope();
    bind(contexts.entitlements)
      .toResolvedValue(
        (...given: unknown[]) => entitlements({ ...entitlementsNeeds.named(given), settings }),
        entitlementsNeeds.tokens,
      )
      .inSingletonScope();
  });
