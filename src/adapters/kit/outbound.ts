import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from 'neverthrow';
import type { Endpoints, InvalidEndpoint } from '../../ports/storage/endpoints.js';
import { namesFor, type Resolve } from './names.js';
import { addressOf, type Network, network, within } from './network.js';

export type Agents = { readonly http: HttpAgent; readonly https: HttpsAgent };

/** Connections are kept for the next request, a while and not too many. */
const POOL = {
  keepAlive: true,
  maxSockets: 256,
  maxFreeSockets: 32,
  timeout: 30_000,
  scheduling: 'lifo',
} as const;
const REFUSED = 'OUTBOUND_REFUSED';
const MAX_ENDPOINT = 512;
/** Some stores, our own among them, begin below their host's root. */
const PLAIN_PATH = /^(\/[\w.~-]+)*\/?$/;
const GLOBAL_UNICAST = network('2000::/3');

/** Agents that go wherever they are sent, for places that the operator chose. */
export const openAgents = (): Agents => ({ http: new HttpAgent(POOL), https: new HttpsAgent(POOL) });

const refusal = (host: string): Error =>
  Object.assign(new Error(`connections to ${host} are not allowed`), { code: REFUSED });

/** Whether a failure, or what lies behind it, is that the guard let nobody through. */
export const isOutboundRefused = (cause: unknown, depth = 0): boolean => {
  if (typeof cause !== 'object' || cause === null || depth > 8) return false;
  const { code, cause: behind } = cause as { readonly code?: unknown; readonly cause?: unknown };
  return code === REFUSED || isOutboundRefused(behind, depth + 1);
};

/** ISATAP (RFC 5214): the last four bytes are an IPv4 address, whatever stands before. */
const isTunnelled = (address: ipaddr.IPv6): boolean =>
  [0, 0x200].includes(address.parts[4] ?? -1) && address.parts[5] === 0x5efe;

/** An address of the public internet that stands for itself and for no other. */
const isPublic = (text: string): boolean => {
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return true;
  return (
    GLOBAL_UNICAST !== undefined &&
    address.match(GLOBAL_UNICAST[0], GLOBAL_UNICAST[1]) &&
    !isTunnelled(address)
  );
};

const isAllowed = (text: string, allow: readonly Network[]): boolean =>
  within(text, allow) || (addressOf(text) !== undefined && isPublic(text));

/** A lookup that only ever answers with addresses that were judged: whatever the name says later, those are connected to. */
const lookupOver =
  (resolve: Resolve, allow: readonly Network[]): LookupFunction =>
  (name, { all, family }, answer) => {
    const done = (cause: unknown) =>
      answer(cause instanceof Error ? cause : new Error(`${name} cannot be resolved`), '', 0);
    resolve(name).then((found) => {
      const good = found.filter((one) => isAllowed(one.address, allow) && (!family || family === one.family));
      const [first] = good;
      if (first === undefined) return done(found.length > 0 ? refusal(name) : undefined);
      return all ? answer(null, [...good]) : answer(null, first.address, first.family);
    }, done);
  };

type Judge = { readonly allow: readonly Network[]; readonly lookup: LookupFunction };

/** Addresses are connected to without any lookup, so they are judged before; so is a path of this machine's. */
const guard = <A extends HttpAgent>(agent: A, { allow, lookup }: Judge): A => {
  const connect: HttpAgent['createConnection'] = agent.createConnection.bind(agent);
  const guarded: HttpAgent['createConnection'] = (options, done) => {
    const host = options.host ?? 'localhost';
    if (options.socketPath == null && (isIP(host) === 0 || isAllowed(host, allow)))
      return connect({ ...options, lookup }, done);
    // Without a socket the agent takes the refusal from here; it does not expect it before it has asked.
    process.nextTick(() => done?.(refusal(host), undefined as never));
    return undefined;
  };
  return Object.assign(agent, { createConnection: guarded });
};

type Guard = { readonly allow: readonly Network[]; readonly resolve?: Resolve | undefined };

/**
 * Agents for places that strangers name. Every address a socket is about to connect to is judged at that moment,
 * for redirects and repeated names as well: only the public internet, and the networks allowed.
 */
export const guardedAgents = ({ allow, resolve = namesFor(allow) }: Guard): Agents => {
  const judge = { allow, lookup: lookupOver(resolve, allow) };
  const { http, https } = openAgents();
  return { http: guard(http, judge), https: guard(https, judge) };
};

const invalid = (reason: string): Result<never, InvalidEndpoint> => err({ kind: 'invalid_endpoint', reason });

/** The base URL of a store as a person typed it. Short and odd spellings of addresses come out as the addresses they are. */
export const endpointOf = (text: string): Result<URL, InvalidEndpoint> => {
  if (text.length > MAX_ENDPOINT) return invalid(`is longer than ${MAX_ENDPOINT} characters`);
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text))
    return invalid('must be a URL that begins with https:// or http://');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return invalid('must not hold credentials');
  if (!PLAIN_PATH.test(url.pathname) || url.search !== '' || url.hash !== '')
    return invalid('must end after the host, the port and a plain path');
  return ok(url);
};

/** Addresses that are said outright, and the name that only ever means this machine (RFC 6761). */
const literalsOf = ({ hostname }: URL): readonly string[] => {
  if (/(^|\.)localhost\.?$/.test(hostname)) return ['127.0.0.1', '::1'];
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? [] : [host];
};

/** Whether the host as it is written can be refused without asking anybody; a name is judged when it is connected to. */
export const isRefusedHost = (url: URL, allow: readonly Network[]): boolean => {
  const literals = literalsOf(url);
  return literals.length > 0 && !literals.some((address) => isAllowed(address, allow));
};

const baseOf = ({ origin, pathname }: URL): string => origin + pathname.replace(/\/$/, '');

/** What can be refused of an endpoint by its spelling, under the same rules as the agents'. */
export const endpointsWithin = (allow: readonly Network[]): Endpoints => ({
  judge: (endpoint) =>
    endpointOf(endpoint).andThen((url) =>
      isRefusedHost(url, allow) ? invalid('leads to an address that is not allowed') : ok(baseOf(url)),
    ),
});
