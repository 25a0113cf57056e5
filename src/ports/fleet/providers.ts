import type { ResultAsync } from 'neverthrow';
import type { Served } from '../../domain/fleet/file-system.js';
import type { GatewayProvider } from '../../domain/fleet/gateway.js';
import type { InstanceType } from '../../domain/fleet/instance-type.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, Unavailable } from '../shared/failure.js';
import type { StoreAddress } from '../shared/store-address.js';

export type InstanceSpec = {
  readonly gatewayId: string;
  readonly region: string;
  readonly type: InstanceType;
  /** Whose instance it is: marked at birth, so that no other deployment takes it for an orphan of its own. */
  readonly deployment: string;
};

export type InstanceState = 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export type Instance = {
  readonly ref: string;
  readonly token: string;
  readonly deployment: string;
  readonly state: InstanceState;
  /** When the provider saw it enter this state. */
  readonly since: Instant;
  readonly createdAt: Instant;
};

/** The provider will not, however often it is asked: no such type, no room, the token used for another spec. */
export type ProviderRefused = { readonly kind: 'provider_refused'; readonly reason: string };

/**
 * Runs instances. Every call may be repeated, may be late, may fail before or after it took place, and its answer
 * may be lost; what is asked twice happens once.
 */
export type Instances = {
  /** The instance with this token, made when it is not there. It may take a while to run. */
  readonly ensure: (
    spec: InstanceSpec,
    token: string,
  ) => ResultAsync<Instance, ProviderRefused | Unavailable>;
  /** Undefined: there is none with this token; just after `ensure` that may be a view too old. */
  readonly observe: (token: string) => ResultAsync<Instance | undefined, Unavailable>;
  readonly start: (ref: string) => ResultAsync<void, NotFound | ProviderRefused | Unavailable>;
  /** Keeps what the instance has on disk. Only a drained one is stopped. */
  readonly stop: (ref: string) => ResultAsync<void, NotFound | Unavailable>;
  /** Refused while the instance holds bytes that are not in their bucket. One that is gone is success. */
  readonly terminate: (ref: string) => ResultAsync<void, ProviderRefused | Unavailable>;
  /** All instances of this deployment that this host may touch. */
  readonly list: (deployment: string) => ResultAsync<readonly Instance[], Unavailable>;
};

/** What an instance is to serve. Its secrets lie open here, for the moment of use only. */
export type Export = {
  readonly fileSystemId: string;
  readonly address: StoreAddress;
  readonly bucket: string;
  /** Everything shown lies below it: empty, or ends in a slash. */
  readonly prefix: string;
  readonly username: string;
  readonly password: string;
  /** Of all the above; no secret. Another fingerprint: the same file system is reached in another way now. */
  readonly fingerprint?: string | undefined;
};

export type ExportState = {
  readonly fileSystemId: string;
  readonly served: Served;
  readonly healthy: boolean;
  readonly reason?: string | undefined;
  /** Of the way in which it is served at this moment. */
  readonly fingerprint?: string | undefined;
};

/** Speaks to the gateway on a running instance. Every call may be repeated. */
export type GatewayControl = {
  /**
   * Serves exactly these: new ones begin, those not named end (drained before), those with another fingerprint go on in
   * the new way with all that they hold, the rest is left in peace. What an export holds goes to the bucket and prefix
   * it was written for: while it holds anything, it stays with these.
   */
  readonly exports: (
    ref: string,
    wanted: readonly Export[],
  ) => ResultAsync<readonly ExportState[], NotFound | ProviderRefused | Unavailable>;
  readonly health: (ref: string) => ResultAsync<readonly ExportState[], NotFound | Unavailable>;
  /** Files whose bytes are not in the bucket yet. Zero is a promise. */
  readonly dirty: (ref: string, fileSystemId: string) => ResultAsync<number, NotFound | Unavailable>;
  /** Begins to send what is dirty without waiting; `dirty` tells when it is done. */
  readonly flush: (ref: string, fileSystemId: string) => ResultAsync<void, NotFound | Unavailable>;
  /** No further write is taken; what is dirty goes to the bucket. `dirty` tells when it is done. */
  readonly drain: (ref: string, fileSystemId: string) => ResultAsync<void, NotFound | Unavailable>;
  /**
   * Ends the export at once and gives up all that the instance holds of it, in the bucket or not; whether the instance
   * runs or not. Nothing there to give up is success.
   */
  readonly discard: (ref: string, fileSystemId: string) => ResultAsync<void, Unavailable>;
  /** Reads objects into the cache, up to its size. True: done; false: at it, ask again. */
  readonly preload: (ref: string, fileSystemId: string) => ResultAsync<boolean, NotFound | Unavailable>;
};

export type Provider = {
  readonly name: GatewayProvider;
  /** Set: its instances live on this host, and only processes of this host may call. */
  readonly hostId?: string | undefined;
  readonly instances: Instances;
  readonly control: GatewayControl;
};

/** A region of a provider with what can be had there now. */
export type Offer = {
  readonly provider: GatewayProvider;
  readonly displayName: string;
  readonly regions: readonly string[];
  readonly instanceTypes: readonly InstanceType[];
};

/** It exists but is not set up here; `hint` says what would be needed. */
export type ProviderAbsent = {
  readonly kind: 'provider_not_configured';
  readonly provider: GatewayProvider;
  readonly hint: string;
};

export type Providers = {
  /** Only what works now. */
  readonly offers: () => readonly Offer[];
  readonly get: (name: GatewayProvider) => Provider | ProviderAbsent;
};
