import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { memoryStore } from '../../../../../src/adapters/memory/kit/store.js';
import { fixedClock } from '../../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryStorageAllotments } from '../../../../../src/adapters/memory/storage/allotments.js';
import { memoryStorageMeter } from '../../../../../src/adapters/memory/storage/meter.js';
import { storageMetering } from '../../../../../src/application/storage/metering/metering.js';
import type { EntitlementDecision } from '../../../../../src/domain/entitlements/decision.js';
import type { AccountId } from '../../../../../src/domain/shared/ids.js';
import { NOTHING, type StorageSize } from '../../../../../src/domain/storage/storage-size.js';
import type { Unavailable } from '../../../../../src/ports/shared/failure.js';
import type { AccountRoom, StorageAllotments } from '../../../../../src/ports/storage/allotments.js';
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

type Most = { readonly bytes?: number; readonly objects?: number };

/** Limits that are the same for everybody. */
const upTo = (most: Most): StorageLimits => {
  const rule = (used: StorageSize, more: StorageSize) =>
    (['bytes', 'objects'] as const)
      .filter((of) => more[of] > 0 && used[of] + more[of] > (most[of] ?? Number.POSITIVE_INFINITY))
      .map(
        (of): EntitlementDecision => ({
          feature: of === 'bytes' ? 'storage_bytes' : 'objects',
          outcome: 'block',
          reason: 'limit_reached',
          source: 'plan',
          limit: BigInt(most[of] ?? 0),
          used: BigInt(used[of]),
          asOf: AT,
        }),
      )
      .at(0);
  return { ruleFor: () => okAsync(Object.assign(rule, { ceiling: most })) };
};

/** A meter that can be put out of reach, and processes that count for it. */
export const stage = () => {
  const clock = fixedClock(AT);
  const store = memoryStore();
  const real = memoryStorageMeter(store);
  const allotments = memoryStorageAllotments(store);
  const batches: (readonly StorageChange[])[] = [];
  let [asked, isDown]: [number, boolean] = [0, false];
  const meter: StorageMeter = {
    ...real,
    add: (changes, spent) => {
      if (isDown) return errAsync(DOWN);
      batches.push(changes);
      return real.add(changes, spent);
    },
    usedBy: (account) => {
      asked += 1;
      return isDown ? errAsync(DOWN) : real.usedBy(account);
    },
  };
  let [grants, isLost]: [number, boolean] = [0, false];
  let meanwhile: () => void = () => undefined;
  const kept: (readonly AccountRoom[])[] = [];
  const room: StorageAllotments = {
    grant: (...given) => {
      grants += 1;
      if (isDown) return errAsync(DOWN);
      return allotments.grant(...given).andThen((granted) => {
        meanwhile();
        return isLost ? err(DOWN) : ok(granted);
      });
    },
    keep: (of, at) => {
      if (isDown) return errAsync(DOWN);
      kept.push(of.rooms);
      return allotments.keep(of, at);
    },
  };
  const accountId = newId() as AccountId;
  const processWith = (most: Most) =>
    storageMetering({ meter, allotments: room, clock, ids: { next: newId }, limits: upTo(most) });
  return {
    clock,
    meter,
    batches,
    kept,
    asked: () => asked,
    /** How often room was asked for. */
    grants: () => grants,
    down: (is: boolean) => {
      isDown = is;
    },
    /** Room is granted, and nobody hears of it. */
    lose: (is: boolean) => {
      isLost = is;
    },
    /** Done when room is granted and nobody has heard of it yet. */
    meanwhile: (deed: () => void) => {
      meanwhile = deed;
    },
    bucket: { accountId, bucketId: newId() },
    used: async () => (await value(real.usedBy(accountId))).bytes,
    /** Holds accounts to so many bytes, and to so many objects. */
    process: (objects = 100) => processWith({ bytes: LIMIT, objects }),
    processWith,
  };
};
export const NOBODY = () => okAsync(NOTHING);
