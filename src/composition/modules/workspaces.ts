import { ContainerModule } from 'inversify';
import {
  type WorkspacesDeps,
  type WorkspacesSettings,
  workspaces,
} from '../../application/entitlements/workspaces/index.js';
import { packShelf } from '../pack-shelf.js';
import { contexts, ports } from '../tokens.js';
import { byName } from './by-name.js';

const workspacesNeeds = byName<Omit<WorkspacesDeps, 'settings'>>({
  clock: ports.clock,
  ids: ports.ids,
  digest: ports.digest,
  workspaces: ports.workspaces,
  readers: ports.workspaceReaders,
  usage: ports.entitlementReaders,
  auditTrail: ports.auditTrail,
  shelf: ports.packShelf,
  entitlements: contexts.entitlements,
});

/** Packs lie where all objects do. */
export const workspacesModule = (settings: WorkspacesSettings) =>
  new ContainerModule(({ bind }) => {
    bind(ports.packShelf)
      .toResolvedValue(
        (storage, crc32, checksums) => packShelf({ storage, crc32, checksums }),
        [contexts.storage, ports.crc32, ports.checksums],
      )
      .inSingletonScope();
    bind(contexts.workspaces)
      .toResolvedValue(
        (...given: unknown[]) => workspaces({ ...workspacesNeeds.named(given), settings }),
        workspacesNeeds.tokens,
      )
      .inSingletonScope();
  });
