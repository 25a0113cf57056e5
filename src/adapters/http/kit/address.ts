import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { addressOf, type Network, within } from '../../kit/network.js';

/** One spelling per address, so that it counts once: `::FFFF:192.0.2.1` is `192.0.2.1`. */
const plain = (text: string): string => (ipaddr.isValid(text) ? ipaddr.process(text).toString() : text);

/** Node spells addresses in one way already, but for IPv4 on a socket that takes both. */
const peerOf = ({ socket }: IncomingMessage): string =>
  (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');

/** Some proxies write the port too. */
const hopOf = (text: string): string | undefined => {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(text) ?? [];
  const address = addressOf(bracketed ?? dotted ?? text);
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
