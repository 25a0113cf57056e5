import type { Clock } from '../../ports/shared/clock.js';
import type { Random } from '../../ports/shared/random.js';
import type { Resolve } from '../kit/names.js';
import type { Network } from '../kit/network.js';
import type { Rclone } from './detect.js';
import type { NfsMeans } from './nfs-detect.js';

/** Ports that gateways may take, both ends included. */
export type PortRange = { readonly first: number; readonly last: number };

export type RcloneOptions = {
  readonly rclone: Rclone;
  /** Set: each export is served over NFSv4 as well, on loopback, to whoever asks. */
  readonly nfs?: NfsMeans | undefined;
  /** Where instances keep what they have: a directory of this host. */
  readonly stateDir: string;
  /** Names this host among all that share the database. */
  readonly hostId: string;
  /** Whose instances are watched over; those of another deployment are left alone. */
  readonly deployment: string;
  /** Address on which exports are served. */
  readonly host: string;
  readonly ports: PortRange;
  /** Networks besides the public internet that stores of strangers may be in. */
  readonly outboundAllow: readonly Network[];
  /** Base URLs of the stores that the operator chose, our own /s3 among them: they are reached without a guard. */
  readonly ownEndpoints: () => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Whether this process starts again what ends; one that does not may still be asked. Default: it does. */
  readonly watch?: boolean | undefined;
  /** How names of stores are looked up, where not as everywhere. */
  readonly resolve?: Resolve | undefined;
  /** Told of what goes wrong beside any call, in words without secrets. */
  readonly log?: ((line: string) => void) | undefined;
};
