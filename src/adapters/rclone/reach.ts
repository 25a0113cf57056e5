import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from 'neverthrow';
import type { StoreAddress } from '../../ports/shared/store-address.js';
import { endpointsWithin } from '../kit/outbound.js';
import type { RcloneOptions } from './options.js';

/**
 * How a child comes to a store. `dialled` is what it is told; undefined: the vendor's own address. `guarded` is
 * the only place that our door lets it go to, for stores that a stranger named.
 */
export type Reach = {
  readonly dialled?: string | undefined;
  readonly guarded?: string | undefined;
};
export type Unreachable = { readonly kind: 'unreachable'; readonly reason: string };

/** Regions become part of a host's name. */
const REGION = /^[a-z0-9-]{1,64}$/;

const isLoopback = ({ hostname }: URL): boolean => {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
};

/** Plain up to our door, where TLS begins. What is on this host never goes by way of a proxy: Go sees to that. */
const toDoor = (base: string): Reach => ({
  dialled: isLoopback(new URL(base)) ? base : base.replace(/^https:/, 'http:'),
  guarded: base,
});

/**
 * Google's and Amazon's own hosts and the operator's stores are dialled by the child itself. To any other it goes
 * through our door, which judges each address it connects to and follows no redirect.
 */
export const reachOf = (
  address: StoreAddress,
  { outboundAllow, ownEndpoints }: Pick<RcloneOptions, 'outboundAllow' | 'ownEndpoints'>,
): Result<Reach, Unreachable> => {
  if (address.provider === 'gcp') return ok({});
  const { endpoint, region } = address;
  if (endpoint === undefined)
    return REGION.test(region) ? ok({}) : err({ kind: 'unreachable', reason: 'its region is none' });
  if (ownEndpoints().includes(endpoint)) return ok({ dialled: endpoint });
  return endpointsWithin(outboundAllow)
    .judge(endpoint)
    .map(toDoor)
    .mapErr(({ reason }) => ({ kind: 'unreachable', reason: `its endpoint ${reason}` }));
};
