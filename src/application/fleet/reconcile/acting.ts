import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import type { World } from '../../../domain/fleet/world.js';
import type { Provider } from '../../../ports/fleet/providers.js';
import type { Timed } from './deadline.js';

/** All that one step acts with and on. */
export type Acting = {
  readonly provider: Provider;
  readonly gateway: Gateway;
  readonly fileSystems: readonly FileSystem[];
  readonly world: World;
  /** The instance's name; empty while there is none. */
  readonly ref: string;
  readonly timed: Timed;
};

/** The world after the act, as far as the act has told; and what stood in its way. */
export type Acted = { readonly world: World; readonly trouble?: { readonly kind: string } | undefined };
