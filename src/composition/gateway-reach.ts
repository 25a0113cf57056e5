import { isIP } from 'node:net';
import type { GatewayReach } from '../application/storage/reach.js';
import { type Config, isLoopback } from './config.js';

/** This server as it is reached from its own host. */
const ownHost = (host: string): string => {
  if (isLoopback(host) && host !== 'localhost') return host;
  return host === 'localhost' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
};

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/**
 * How gateways come to managed buckets. In files here: through this server's own endpoint, without leaving the
 * host. In a store of the operator's: by the pair for all buckets, or else as this server itself does.
 */
export const gatewayReachOf = (
  { managed, HOST }: Pick<Config, 'managed' | 'HOST'>,
  port: () => number,
): GatewayReach => {
  const { store, keys } = managed;
  if (store.kind === 'blobs') return { own: () => `http://${bracketed(ownHost(HOST))}:${port()}/s3` };
  return store.kind === 's3' && typeof keys === 'object'
    ? { store: { ...store.address, ...keys } }
    : { store: store.address };
};
