import { join } from 'node:path';
import { findRclone } from '../adapters/rclone/detect.js';
import { findNfs, type NfsMeans } from '../adapters/rclone/nfs-detect.js';
import { rcloneProvider } from '../adapters/rclone/provider.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemRandom } from '../adapters/system/random.js';
import type { GatewayReach } from '../application/storage/reach.js';
import { type Config, ConfigError } from './config.js';
import type { Identity } from './identity.js';
import { localInstanceTypes } from './local-settings.js';
import type { Working } from './providers.js';

/** Gateways on this host, to be closed in the end; or what it would take to have them. */
export type LocalProvider =
  | { readonly working: Working; readonly close: () => Promise<void> }
  | { readonly hint: string };

type Given = {
  readonly identity: Identity;
  readonly reach: GatewayReach;
  /** PATH of this process. */
  readonly searchPath: string | undefined;
  readonly log: (line: string) => void;
};

/** Stores that the operator chose: gateways go there without a guard. */
const ownEndpointsOf = (reach: GatewayReach) => (): readonly string[] => {
  if ('own' in reach) return [reach.own()];
  const { store } = reach;
  return store.provider !== 'gcp' && store.endpoint !== undefined ? [store.endpoint] : [];
};

/** Processes that serve no gateways do not need it. */
const wantsNfs = ({ LOCAL_NFS, ROLE }: Config): boolean => LOCAL_NFS === '1' && ROLE !== 'api';

/** Whoever asked for NFS is told at once what it would take. */
const nfsOf = async (config: Config, searchPath: string | undefined): Promise<NfsMeans | undefined> => {
  if (!wantsNfs(config)) return undefined;
  const found = await findNfs({ searchPath, user: process.getuid?.() });
  if ('missing' in found) throw new ConfigError(`LOCAL_NFS=1 needs ${found.missing.join(', ')}.`);
  return found;
};

/** Looks for rclone, and serves gateways with it. */
export const openLocalProvider = async (
  config: Config,
  { identity, reach, searchPath, log }: Given,
): Promise<LocalProvider> => {
  if (config.LOCAL_GATEWAYS === 'off') return { hint: 'LOCAL_GATEWAYS is off on this host' };
  const rclone = await findRclone({ path: config.RCLONE_PATH, searchPath });
  if ('hint' in rclone && wantsNfs(config))
    throw new ConfigError(`LOCAL_NFS=1 cannot be had: ${rclone.hint}.`);
  if ('hint' in rclone) return rclone;
  const provider = rcloneProvider({
    rclone,
    nfs: await nfsOf(config, searchPath),
    stateDir: join(config.dataDir, 'gateways'),
    hostId: identity.hostId,
    deployment: identity.deploymentId,
    host: config.LOCAL_GATEWAY_HOST,
    ports: config.LOCAL_GATEWAY_PORTS,
    outboundAllow: config.OUTBOUND_ALLOW,
    ownEndpoints: ownEndpointsOf(reach),
    watch: config.ROLE !== 'api',
    clock: systemClock,
    random: systemRandom,
    log,
  });
  const offer = {
    provider: 'local',
    displayName: 'This host',
    regions: [config.managed.region ?? config.STORAGE_REGION],
    instanceTypes: localInstanceTypes(config),
  } as const;
  return { working: { provider, offer }, close: provider.close };
};
