import type { ServiceIdentifier } from 'inversify';

type Needed<Deps> = { readonly [Name in keyof Deps]: ServiceIdentifier<Deps[Name]> };

/** Ports by the names that a context knows them by, in place of an order that two lists have to share. */
export const byName = <Deps extends object>(needed: Needed<Deps>) => ({
  tokens: Object.values<ServiceIdentifier>(needed),
  named: (given: readonly unknown[]): Deps =>
    Object.fromEntries(Object.keys(needed).map((name, at) => [name, given[at]])) as Deps,
});
