import { lookup, Resolver } from 'node:dns/promises';
import type { Network } from './network.js';

export type Found = { readonly address: string; readonly family: 4 | 6 };
/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly Found[]>;

const PATIENCE = { timeout: 2_000, tries: 2 };

const answersOf = (
  answer: PromiseSettledResult<readonly string[]>,
  family: Found['family'],
): readonly Found[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];

/**
 * Asks name servers, without the threads that files and passwords share: a stranger's name server that never
 * answers must not hold those up.
 */
const asked: Resolve = async (name) => {
  const resolver = new Resolver(PATIENCE);
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [...answersOf(four, 4), ...answersOf(six, 6)];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
};

/** As this machine finds names: the hosts file, search domains. */
const known: Resolve = async (name) =>
  (await lookup(name, { all: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/**
 * Finds names on name servers. Names that only this machine knows matter where networks of the operator's own
 * are allowed, and are looked for there alone.
 */
export const namesFor =
  (allow: readonly Network[]): Resolve =>
  (name) =>
    asked(name).catch((cause: unknown) => {
      if (allow.length === 0) throw cause;
      return known(name);
    });
