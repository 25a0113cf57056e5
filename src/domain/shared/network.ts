/** What is kept of an address: where somebody came from, but not who it was. */
const KEPT = { v4: 3, v6: 3 } as const;

const octets = (text: string): readonly number[] | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((part) => part <= 255) ? numbers : undefined;
};

const cutV4 = (parts: readonly number[]): string => `${parts.slice(0, KEPT.v4).join('.')}.0/24`;

/** Groups of one side of `::`; the last may be written as an IPv4 address. */
const groupsIn = (side: string): readonly number[] | undefined => {
  if (side === '') return [];
  const groups: number[] = [];
  for (const part of side.split(':')) {
    const tail = octets(part);
    if (tail) {
      const [a = 0, b = 0, c = 0, d = 0] = tail;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
};

const groupsOf = (text: string): readonly number[] | undefined => {
  const sides = text.split('::');
  if (sides.length > 2) return undefined;
  const [front, back] = [groupsIn(sides[0] ?? ''), groupsIn(sides[1] ?? '')];
  if (!(front && back)) return undefined;
  const missing = 8 - front.length - back.length;
  if (sides.length === 1) return missing === 0 ? front : undefined;
  return missing < 1 ? undefined : [...front, ...Array<number>(missing).fill(0), ...back];
};

const isMapped = (groups: readonly number[]): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, an IPv4 address in IPv6 clothes as what it is. Undefined for
 * what is no address.
 */
export const networkOf = (address: string): string | undefined => {
  const plain = octets(address);
  if (plain) return cutV4(plain);
  const groups = address.includes(':') ? groupsOf(address.replace(/%.*$/, '')) : undefined;
  if (!groups) return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  if (isMapped(groups)) return cutV4([high >> 8, high & 255, low >> 8, low & 255]);
  const kept = groups.slice(0, KEPT.v6);
  while (kept.at(-1) === 0) kept.pop();
  return `${kept.map((group) => group.toString(16)).join(':')}::/48`;
};
