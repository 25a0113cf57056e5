import { ContainerModule } from 'inversify';
import type { AccountsSettings } from '../../application/accounts/deps.js';
import { accounts } from '../../application/accounts/index.js';
import { fleet } from '../../application/fleet/index.js';
import type { StorageSettings } from '../../application/storage/deps.js';
import { storage } from '../../application/storage/index.js';
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

export const storageModule = (settings: StorageSettings) =>
  new ContainerModule(({ bind }) => {
    bind(contexts.storage)
      .toResolvedValue(
        (clock, ids, random, crc32, pause, sealer, accountKeys, uow, readers, objects) =>
          storage({
            clock,
            ids,
            random,
            crc32,
            pause,
            sealer,
            accountKeys,
            storage: uow,
            readers,
            objects,
            settings,
          }),
        [
          ports.clock,
          ports.ids,
          ports.random,
          ports.crc32,
          ports.pause,
          ports.sealer,
          ports.accountKeys,
          ports.storage,
          ports.storageReaders,
          ports.objects,
        ],
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
