import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { StorageAllotments } from '../../../ports/storage/allotments.js';
import type { StorageLimits } from '../../../ports/storage/limits.js';
import type { StorageMeter } from '../../../ports/storage/meter.js';
import { type Allowance, storageAllowance } from './allowance.js';
import { storageEscrow } from './escrow.js';
import { gate as newGate } from './gate.js';
import { holdings as newHoldings } from './holdings.js';
import { storageTally, type Tally } from './tally.js';

/** How this process counts what it stores in managed buckets and holds it to the limits; one for all who store. */
export type Metering = {
  readonly tally: Tally;
  readonly allowance: Allowance;
  /** Hands over what was counted and gives back room that nobody needs. To be called about every second. */
  readonly settle: () => ResultAsync<void, Unavailable>;
  /** The same at the end, of all room. */
  readonly end: () => ResultAsync<void, Unavailable>;
};

type Deps = {
  readonly meter: StorageMeter;
  readonly allotments: StorageAllotments;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: StorageLimits;
};

export const storageMetering = ({ meter, allotments, clock, ids, limits }: Deps): Metering => {
  const [gate, holdings] = [newGate(), newHoldings(ids)];
  const tally = storageTally({ meter, clock, holdings, gate });
  const escrow = storageEscrow({ allotments, tally, holdings, gate, clock });
  /** What cannot be handed over keeps no room from being renewed. */
  const settle = async (atEnd: boolean): Promise<Result<void, Unavailable>> => {
    const flushed = await tally.flush();
    const settled = await escrow.settle(atEnd);
    if (settled.isErr()) return err(settled.error);
    return flushed.isErr() ? flushed : ok(undefined);
  };
  return {
    tally,
    allowance: storageAllowance({ meter, tally, escrow, clock, limits }),
    settle: () => new ResultAsync(settle(false)),
    end: () => new ResultAsync(settle(true)),
  };
};
