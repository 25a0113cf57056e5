import type { Clock } from '../../../ports/shared/clock.js';
import type { StorageLimits } from '../../../ports/storage/limits.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import { type Allowance, storageAllowance } from './allowance.js';
import { storageTally, type Tally } from './tally.js';

/** How this process counts what it stores in managed buckets and holds it to the limits; one for all who store. */
export type Metering = {
  readonly tally: Tally;
  readonly allowance: Allowance;
};

type Deps = { readonly meter: StorageMeter; readonly clock: Clock; readonly limits: StorageLimits };

export const storageMetering = ({ meter, clock, limits }: Deps): Metering => {
  const tally = storageTally({ meter, clock });
  return { tally, allowance: storageAllowance({ meter, tally, clock, limits }) };
};
