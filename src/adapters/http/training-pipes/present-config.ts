import type * as z from 'zod';
import type { Currency } from '../../../domain/billing/currency.js';
import { inMinorUnits } from '../../../domain/billing/price.js';
import type { InstanceType } from '../../../domain/fleet/instance-type.js';
import type { Offer } from '../../../ports/fleet/providers.js';
import type { PlatformConfigDto } from './schemas.js';

type Config = z.input<typeof PlatformConfigDto>;

const regionsOf = (names: readonly string[]) => names.map((name) => ({ name, display_name: name }));

/** Connections lead to buckets that are there already, in any region: of regions there is none to choose. */
const CONNECTABLE = [
  { name: 'aws', display_name: 'Amazon Web Services' },
  { name: 'gcp', display_name: 'Google Cloud' },
  { name: 's3compat', display_name: 'S3-compatible storage' },
];

const presentInstanceType = (type: InstanceType, currency: string): Config['aws_instance_types'][number] => ({
  name: type.name,
  display_name: type.displayName,
  description: type.description,
  free_tier: type.freeTier,
  price_cents_per_hour: Number(
    // A context of its own, the fleet knows no currencies: the settings have made sure that it is one.
    inMinorUnits({ micros: type.microsPerHour, currency: currency as Currency }),
  ),
});

/** Providers with the regions that can be chosen, and the instance types that can be had. */
export const presentConfig = ({
  storageRegions,
  offers,
  currency,
}: {
  readonly storageRegions: readonly string[];
  readonly offers: readonly Offer[];
  /** In what the instance types have their prices. */
  readonly currency: string;
}): Config => {
  const offeredBy = (name: string) =>
    offers.filter(({ provider }) => provider === name).flatMap(({ regions }) => regions);
  const connectable = new Set(CONNECTABLE.map(({ name }) => name));
  return {
    providers: [
      { name: 'managed', display_name: 'Managed storage', regions: regionsOf(storageRegions) },
      ...CONNECTABLE.map((provider) => ({ ...provider, regions: regionsOf(offeredBy(provider.name)) })),
      ...offers
        .filter(({ provider }) => !connectable.has(provider))
        .map(({ provider, displayName, regions }) => ({
          name: provider,
          display_name: displayName,
          regions: regionsOf(regions),
        })),
    ],
    aws_instance_types: offers.flatMap(({ instanceTypes }) =>
      instanceTypes.map((type) => presentInstanceType(type, currency)),
    ),
  };
};
