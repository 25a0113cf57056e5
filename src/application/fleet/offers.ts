import { err, ok, type Result } from 'neverthrow';
import type { GatewayProvider } from '../../domain/fleet/gateway.js';
import { type InstanceType, usualType } from '../../domain/fleet/instance-type.js';
import type { Offer, ProviderAbsent, Providers } from '../../ports/fleet/providers.js';

export type UnknownRegion = {
  readonly kind: 'unknown_region';
  readonly field: 'region';
  readonly known: readonly string[];
};
export type UnknownInstanceType = {
  readonly kind: 'unknown_instance_type';
  readonly field: 'instance_type' | 'type';
  readonly known: readonly string[];
};
export type Chosen = {
  readonly provider: GatewayProvider;
  readonly region: string;
  readonly type: InstanceType;
};

const typeNamed = (
  offer: Offer,
  name: string | undefined,
  field: UnknownInstanceType['field'],
): Result<InstanceType, UnknownInstanceType> => {
  const known = offer.instanceTypes;
  const found = name === undefined ? usualType(known) : known.find((type) => type.name === name);
  return found
    ? ok(found)
    : err({ kind: 'unknown_instance_type', field, known: known.map((type) => type.name) });
};

const regionsOf = (offers: readonly Offer[]): readonly string[] => [
  ...new Set(offers.flatMap((offer) => offer.regions)),
];

/** Who serves file systems in a region, and with which instance: a free one where none is named. */
export const chooseByRegion = (
  providers: Providers,
  region: string,
  typeName: string | undefined,
): Result<Chosen, UnknownRegion | UnknownInstanceType | ProviderAbsent> => {
  const offers = providers.offers();
  const absent = providers.get('local');
  if (offers.length === 0 && 'hint' in absent) return err(absent);
  const offer = offers.find(({ regions }) => regions.includes(region));
  if (!offer) return err({ kind: 'unknown_region', field: 'region', known: regionsOf(offers) });
  return typeNamed(offer, typeName, 'instance_type').map((type) => ({
    provider: offer.provider,
    region,
    type,
  }));
};

/** The same where the provider is named. */
export const chooseByProvider = (
  providers: Providers,
  name: GatewayProvider,
  region: string,
  typeName: string,
): Result<Chosen, UnknownRegion | UnknownInstanceType | ProviderAbsent> => {
  const provider = providers.get(name);
  if ('hint' in provider) return err(provider);
  const offers = providers.offers().filter((offer) => offer.provider === name);
  const offer = offers.find(({ regions }) => regions.includes(region));
  if (!offer) return err({ kind: 'unknown_region', field: 'region', known: regionsOf(offers) });
  return typeNamed(offer, typeName, 'type').map((type) => ({ provider: name, region, type }));
};

/** An instance type by its name, as it is offered now. */
export const instanceType = (
  providers: Providers,
  provider: GatewayProvider,
  name: string,
): InstanceType | undefined =>
  providers
    .offers()
    .filter((offer) => offer.provider === provider)
    .flatMap((offer) => offer.instanceTypes)
    .find((type) => type.name === name);
