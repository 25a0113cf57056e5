import { ContainerModule, type ServiceIdentifier } from 'inversify';
import type { AccountsSettings } from '../../application/accounts/deps.js';
import { accounts } from '../../application/accounts/index.js';
import { fleet } from '../../application/fleet/index.js';
import type { StorageDeps, StorageSettings } from '../../application/storage/deps.js';
import { storage } from '../../application/storage/index.js';
import { uploadJournals } from '../../application/storage/upload-journals.js';
import { contexts, ports } from '../tokens.js';

export const accountsModule = (settings: AccountsSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.accounts)
      .toResolvedValue(
        (
          clock,
          ids,
          random,
          digest,
          passwords,
          pause,
          sealer,
          accountKeys,
          uow,
          access,
          readers,
          tokens,
          limits,
          email,
        ) =>
          accounts({
            clock,
            ids,
            random,
            digest,
            passwords,
            pause,
            sealer,
            accountKeys,
            accounts: uow,
            access,
            readers,
            tokens,
            limits,
            email,
            settings,
          }),
        [
          ports.clock,
          ports.ids,
          ports.random,
          ports.digest,
          ports.passwords,
          ports.pause,
          ports.sealer,
          ports.accountKeys,
          ports.accounts,
          ports.access,
          ports.accountsReaders,
          ports.accessTokens,
          ports.accountLimits,
          ports.email,
        ],
      )
      .inSingletonScope();
  });

/** What this process writes down of its uploads, one for all who write. */
export const journalsModule = new ContainerModule(({ bind }) => {
  bind(ports.uploadJournals)
    .toResolvedValue(
      (openUploads, clock, ids) => uploadJournals({ openUploads, clock, ids }),
      [ports.openUploads, ports.clock, ports.ids],
    )
    .inSingletonScope();
});

type Needed<Deps> = { readonly [Name in keyof Deps]: ServiceIdentifier<Deps[Name]> };

/** Ports by the names that a context knows them by, in place of an order that two lists have to share. */
const byName = <Deps extends object>(needed: Needed<Deps>) => ({
  tokens: Object.values<ServiceIdentifier>(needed),
  named: (given: readonly unknown[]): Deps =>
    Object.fromEntries(Object.keys(needed).map((name, at) => [name, given[at]])) as Deps,
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

export const fleetModule = new ContainerModule(({ bind }) => {
  bind(contexts.fleet)
    .toResolvedValue(
      (clock, ids, publicFileSystems) => fleet({ clock, ids, publicFileSystems }),
      [ports.clock, ports.ids, ports.publicFileSystems],
    )
    .inSingletonScope();
});
