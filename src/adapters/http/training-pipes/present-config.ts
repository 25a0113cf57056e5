import type * as z from 'zod';
import { halfUp } from '../../../domain/billing/money.js';
import type { InstanceType } from '../../../domain/fleet/instance-type.js';
import type { Offer } from '../../../ports/fleet/providers.js';
import type { PlatformConfigDto } from './schemas.js';

type Config = z.input<typeof PlatformConfigDto>;

const MICROS_PER_CENT = 10_000n;

const regionsOf = (names: readonly string[]) => names.map((name) => ({ name, display_name: name }));

/** Connections lead to buckets that are there already, in any region: of regions there is none to choose. */
const CONNECTABLE = [
  { name: 'aws', display_name: 'Amazon Web Services' },
  { name: 'gcp', display_name: 'Google Cloud' },
  { name: 's3compat', display_name: 'S3-compatible storage' },
];

const presentInstanceType = (type: InstanceType): Config['aws_instance_types'][number] => ({
  name: type.name,
  display_name: type.displayName,
  description: type.description,
  free_tier: type.freeTier,
  price_cents_per_hour: Number(halfUp(type.microsPerHour, MICROS_PER_CENT)),
});

/** Providers with the regions that can be chosen, and the instance types that can be had; the first is the default. */
export const presentConfig = ({
  storageRegions,
  offers,
}: {
  readonly storageRegions: readonly string[];
  readonly offers: readonly Offer[];
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
    aws_instance_types: offers.flatMap(({ instanceTypes }) => instanceTypes.map(presentInstanceType)),
  };
};
