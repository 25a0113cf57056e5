import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [Address, number];

const MAPPED_BITS = 96;

/** IPv4 in IPv6 clothes (`::ffff:10.0.0.0/104`) is IPv4, as it is in the addresses compared with it. */
const unmapped = ([address, bits]: Network): Network =>
  address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS
    ? [address.toIPv4Address(), bits - MAPPED_BITS]
    : [address, bits];

/** An address as it is usually written. The short forms that inet_aton knows (`10`, `0x7f.1`) are more likely mistakes. */
export const addressOf = (text: string): Address | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.parse(text) : undefined;

/** `10.0.0.0/8` or a single address; undefined when it is neither. */
export const network = (text: string): Network | undefined => {
  const [, host = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = addressOf(host);
  if (!address) return undefined;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? width : Number(prefix);
  return bits <= width ? unmapped([address, bits]) : undefined;
};

/** Whether an address lies in one of the networks; what is no address does not. */
export const within = (text: string, networks: readonly Network[]): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
};
