import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const MAPPED_BITS = 96;

/** IPv4 in IPv6 clothes (`::ffff:10.0.0.0/104`) is IPv4, as it is in the addresses compared with it. */
const unmapped = ([address, bits]: Network): Network =>
  address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS
    ? [address.toIPv4Address(), bits - MAPPED_BITS]
    : [address, bits];

/** The short forms that inet_aton knows (`10`, `0x7f.1`) are more likely mistakes. */
const parsed = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.parse(text) : undefined;

/** `10.0.0.0/8` or a single address; undefined when it is neither. */
export const network = (text: string): Network | undefined => {
  const [, host = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = parsed(host);
  if (!address) return undefined;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? width : Number(prefix);
  return bits <= width ? unmapped([address, bits]) : undefined;
};

const within = (text: string, networks: readonly Network[]): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
};

/** One spelling per address, so that it counts once: `::FFFF:192.0.2.1` is `192.0.2.1`. */
const plain = (text: string): string => (ipaddr.isValid(text) ? ipaddr.process(text).toString() : text);

/** Node spells addresses in one way already, but for IPv4 on a socket that takes both. */
const peerOf = ({ socket }: IncomingMessage): string =>
  (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');

/** Some proxies write the port too. */
const hopOf = (text: string): string | undefined => {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(text) ?? [];
  const address = parsed(bracketed ?? dotted ?? text);
  return address && plain(address.toString());
};

/**
 * Who is asking: the peer, or, as far back as only trusted proxies have signed, the last address
 * of X-Forwarded-For that is none of them. What an untrusted peer writes there counts for nothing.
 */
export const clientAddress = (req: IncomingMessage, trusted: readonly Network[]): string => {
  let address = peerOf(req);
  if (trusted.length === 0) return address;
  const header = req.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  while (within(address, trusted)) {
    const hop = hopOf(hops.pop() ?? '');
    if (hop === undefined) return address;
    address = hop;
  }
  return address;
};

/** Names that only ever mean this very machine (RFC 6761 section 6.3). */
export const isLoopbackName = (name: string): boolean =>
  /^(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)\.?$/i.test(name);
