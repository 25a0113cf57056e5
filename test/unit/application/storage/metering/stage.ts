import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { memoryStore } from '../../../../../src/adapters/memory/kit/store.js';
import { fixedClock } from '../../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryStorageMeter } from '../../../../../src/adapters/memory/storage/meter.js';
import { storageMetering } from '../../../../../src/application/storage/metering/metering.js';
import type { EntitlementDecision } from '../../../../../src/domain/entitlements/decision.js';
import type { AccountId } from '../../../../../src/domain/shared/ids.js';
import { NOTHING, type StorageSize } from '../../../../../src/domain/storage/storage-size.js';
import type { Unavailable } from '../../../../../src/ports/shared/failure.js';
import type { StorageLimits } from '../../../../../src/ports/storage/limits.js';
import type { StorageChange, StorageMeter } from '../../../../../src/ports/storage/meter.js';
import { AT, newId } from '../../../../support/accounts.js';

export const LIMIT = 1_000;
export const size = (bytes: number, objects = 1) => ({ bytes, objects });
export const DOWN: Unavailable = { kind: 'unavailable', dependency: 'test', cause: 'down' };
export const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();
/** The kind of failure, or `ok`. */
export const kindOf = async (result: ResultAsync<unknown, { readonly kind: string }>): Promise<string> =>
  (await result).match(
    () => 'ok',
    ({ kind }) => kind,
  );

/** Limits that are the same for everybody. */
const upTo = (most: StorageSize): StorageLimits => ({
  ruleFor: () =>
    okAsync((used, more) =>
      (['bytes', 'objects'] as const)
        .filter((of) => more[of] > 0 && used[of] + more[of] > most[of])
        .map(
          (of): EntitlementDecision => ({
            feature: of === 'bytes' ? 'storage_bytes' : 'objects',
            outcome: 'block',
            reason: 'limit_reached',
            source: 'plan',
            limit: BigInt(most[of]),
            used: BigInt(used[of]),
            asOf: AT,
          }),
        )
        .at(0),
    ),
});

/** A meter that can be put out of reach, and processes that count for it. */
export const stage = () => {
  const clock = fixedClock(AT);
  const real = memoryStorageMeter(memoryStore());
  const batches: (readonly StorageChange[])[] = [];
  let [asked, isDown]: [number, boolean] = [0, false];
  const meter: StorageMeter = {
    ...real,
    add: (changes) => {
      if (isDown) return errAsync(DOWN);
      batches.push(changes);
      return real.add(changes);
    },
    usedBy: (account) => {
      asked += 1;
      return isDown ? errAsync(DOWN) : real.usedBy(account);
    },
  };
  const accountId = newId() as AccountId;
  return {
    clock,
    meter,
    batches,
    asked: () => asked,
    down: (is: boolean) => {
      isDown = is;
    },
    bucket: { accountId, bucketId: newId() },
    used: async () => (await value(real.usedBy(accountId))).bytes,
    /** Holds accounts to so many bytes, and to so many objects. */
    process: (objects = 100) => storageMetering({ meter, clock, limits: upTo({ bytes: LIMIT, objects }) }),
  };
};
export const NOBODY = () => okAsync(NOTHING);
