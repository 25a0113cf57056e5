import type { Offer } from '../../ports/fleet/providers.js';
import type { PublicFileSystem } from '../../ports/fleet/public-file-systems.js';
import { attachFileSystem, detachFileSystem } from './attach.js';
import { collectGarbage } from './collect-garbage.js';
import { createFileSystem } from './create-file-system.js';
import { deleteFileSystem, discardFileSystem } from './delete-file-system.js';
import type { FleetDeps } from './deps.js';
import { flushFileSystem, getFileSystem, listAllFileSystems, listFileSystems } from './file-systems.js';
import { createGateway, deleteGateway, getGateway, listGateways } from './gateways.js';
import { reconciler } from './reconcile/reconcile.js';
import { setDesired } from './set-desired.js';
import { watchFileSystem } from './watch.js';

/** The fleet context: what serves buckets as file systems. */
export const fleet = (deps: FleetDeps) => ({
  createFileSystem: createFileSystem(deps),
  getFileSystem: getFileSystem(deps),
  listFileSystems: listFileSystems(deps),
  listAllFileSystems: listAllFileSystems(deps),
  setDesired: setDesired(deps),
  deleteFileSystem: deleteFileSystem(deps),
  discardFileSystem: discardFileSystem(deps),
  flushFileSystem: flushFileSystem(deps),
  watchFileSystem: watchFileSystem(deps),
  createGateway: createGateway(deps),
  getGateway: getGateway(deps),
  listGateways: listGateways(deps),
  deleteGateway: deleteGateway(deps),
  attachFileSystem: attachFileSystem(deps),
  detachFileSystem: detachFileSystem(deps),
  /** Regions and instance types that can be had now. */
  offers: (): readonly Offer[] => deps.providers.offers(),
  /** In what instance types have their prices. */
  currency: deps.settings.currency,
  /** The host of this process. */
  hostId: deps.settings.hostId,
  /** For workers: claims gateways, and does a step of one. */
  reconciler: reconciler(deps),
  collectGarbage: collectGarbage(deps),
  listPublicFileSystems: deps.publicFileSystems.list,
  publishFileSystem: (entry: Omit<PublicFileSystem, 'id' | 'createdAt'>) =>
    deps.publicFileSystems.publish({ ...entry, id: deps.ids.next(), createdAt: deps.clock.now() }),
});
export type Fleet = ReturnType<typeof fleet>;
