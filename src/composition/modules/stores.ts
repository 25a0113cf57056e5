import { ContainerModule, type ServiceIdentifier } from 'inversify';
import { errAsync } from 'neverthrow';
import { gcsObjects } from '../../adapters/gcs/gcs-objects.js';
import { endpointsWithin, guardedAgents, openAgents } from '../../adapters/kit/outbound.js';
import { s3Objects } from '../../adapters/s3/s3-objects.js';
import type { ForeignStore } from '../../ports/storage/foreign-stores.js';
import type { MultipartUploads } from '../../ports/storage/multipart.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import type { Config } from '../config.js';
import type { ManagedStore } from '../managed-store.js';
import { cachedStores } from '../store-cache.js';
import { ports } from '../tokens.js';

/** Stores that customers name, behind the guard of outgoing connections. */
const strangersModule = ({ OUTBOUND_ALLOW: allow }: Pick<Config, 'OUTBOUND_ALLOW'>) =>
  new ContainerModule(({ bind }) => {
    bind(ports.endpoints).toConstantValue(endpointsWithin(allow));
    bind(ports.foreignStores)
      .toResolvedValue(
        (random, digest, clock) => {
          const agents = guardedAgents({ allow });
          return cachedStores({
            digest,
            open: (address, journal) =>
              address.provider === 'gcp'
                ? gcsObjects({ address, agents, random })
                : s3Objects({ address, journal, agents, clock }),
          });
        },
        [ports.random, ports.digest, ports.clock],
      )
      .inSingletonScope();
  });

type Embedded = { readonly objects: ObjectStore; readonly uploads: MultipartUploads };

/** Managed buckets in files here. What may be open in a store that was configured once cannot be reached now. */
const embeddedModule = ({ objects, uploads }: Embedded) =>
  new ContainerModule(({ bind }) => {
    bind(ports.objects).toConstantValue(objects);
    bind(ports.uploads).toConstantValue(uploads);
    bind(ports.managedUploads).toConstantValue({
      abortUpload: () =>
        errAsync({
          kind: 'unavailable',
          dependency: 'managed store',
          cause: new Error('it is not configured'),
        }),
    });
  });

/** Managed buckets in a store of the operator's. It may be anywhere: the operator chose it. */
const remoteModule = (managed: Exclude<ManagedStore, { readonly kind: 'blobs' }>) =>
  new ContainerModule(({ bind }) => {
    // Clients of S3 speak to the store itself.
    bind(ports.uploads).toConstantValue(undefined);
    const store = Symbol('managed store') as ServiceIdentifier<ForeignStore>;
    bind(store)
      .toResolvedValue(
        (journals, random, clock) => {
          const agents = openAgents();
          return managed.kind === 'gcs'
            ? gcsObjects({ address: managed.address, location: managed.location, agents, random })
            : s3Objects({
                address: managed.address,
                journal: journals.of({ kind: 'managed' }),
                agents,
                clock,
              });
        },
        [ports.uploadJournals, ports.random, ports.clock],
      )
      .inSingletonScope();
    bind(ports.objects)
      .toResolvedValue((opened) => opened, [store])
      .inSingletonScope();
    bind(ports.managedUploads)
      .toResolvedValue((opened) => opened, [store])
      .inSingletonScope();
  });

/** Every store that this process reads and writes: that of managed buckets, and those behind connections. */
export const storesModules = (
  config: Pick<Config, 'OUTBOUND_ALLOW' | 'managed'>,
  embedded: Embedded,
): readonly ContainerModule[] => {
  const { store } = config.managed;
  return [strangersModule(config), store.kind === 'blobs' ? embeddedModule(embedded) : remoteModule(store)];
};
