import { err, ok, type Result } from 'neverthrow';
import type { Brand } from '../../domain/shared/brand.js';

type Address = { readonly host: string; readonly port: string; readonly protocol: 'http' | 'https' };

/** Where the API is: Stripe itself, or something on this machine that speaks like it. */
export type ApiBase = Brand<Address, 'ApiBase'>;
export type InvalidApiBase = { readonly kind: 'invalid_api_base'; readonly reason: string };

const STRIPE = 'https://api.stripe.com';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const PORTS = { http: '80', https: '443' } as const;

const invalid = (reason: string): Result<never, InvalidApiBase> => err({ kind: 'invalid_api_base', reason });

const isBare = ({ pathname, search, hash, username }: URL): boolean =>
  pathname === '/' && `${search}${hash}${username}` === '';

/** Nowhere else: whoever answers there gets the key. */
export const apiBaseOf = (text: string): Result<ApiBase, InvalidApiBase> => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    return invalid('must be a URL that begins with http:// or https://');
  const url = new URL(text);
  if (!isBare(url)) return invalid('must end after the port');
  if (url.origin !== STRIPE && !LOOPBACK.test(url.hostname))
    return invalid(`must be ${STRIPE} or on a loopback address`);
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  const address: Address = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORTS[protocol] : url.port,
    protocol,
  };
  return ok(address as ApiBase);
};
