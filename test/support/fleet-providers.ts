import { type MemoryProvider, memoryProvider } from '../../src/adapters/memory/fleet/provider.js';
import type { FaultOf } from '../../src/adapters/memory/fleet/provider-faults.js';
import { providersOf } from '../../src/composition/providers.js';
import type { InstanceType } from '../../src/domain/fleet/instance-type.js';
import type { Providers } from '../../src/ports/fleet/providers.js';
import type { Clock } from '../../src/ports/shared/clock.js';

export const HOST = 'host-of-the-tests';
export const DEPLOYMENT = 'deployment-of-the-tests';
export const REGION = 'local';

export const STANDARD: InstanceType = {
  name: 'local.standard',
  displayName: 'Standard',
  description: 'Free',
  provider: 'local',
  freeTier: true,
  microsPerHour: 0n,
  cacheBytes: 1024 ** 3,
};
/** Seven cents an hour. */
export const LARGE: InstanceType = {
  name: 'local.large',
  displayName: 'Large',
  description: 'Paid',
  provider: 'local',
  freeTier: false,
  microsPerHour: 70_000n,
  cacheBytes: 8 * 1024 ** 3,
};

/** What a provider that works offers in tests. */
export const offering = ({ provider }: Pick<MemoryProvider, 'provider'>): Providers =>
  providersOf([
    {
      provider,
      offer: {
        provider: provider.name,
        displayName: 'This host',
        regions: [REGION],
        instanceTypes: [STANDARD, LARGE],
      },
    },
  ]);

/** Instances in memory, as the provider `local`. */
export const testProvider = (clock: Clock, faultOf?: FaultOf): MemoryProvider =>
  memoryProvider({ clock, hostId: HOST, ...(faultOf && { faultOf }) });
