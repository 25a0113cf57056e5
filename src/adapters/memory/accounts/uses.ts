import { okAsync, type ResultAsync } from 'neverthrow';
import type { Use, Uses } from '../../../ports/accounts/uses.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import { type Terms, usesOn } from '../../kit/uses.js';
import { factsIn } from '../entitlements/facts.js';
import { memoryUsage } from '../entitlements/usage.js';
import type { MemoryTx } from '../kit/store.js';

const termsOf = (tx: MemoryTx, { accountId, feature, at }: Use): ResultAsync<Terms, never> =>
  factsIn(tx, accountId, at, [feature]).map(({ period, features }) => {
    const known = features.get(feature);
    if (known === undefined) throw new Error(`there is no feature ${feature}`);
    const { planned, overridden } = known;
    const limited = planned?.limit !== undefined || overridden?.limit !== undefined;
    return { featureId: known.feature.id, period, limited };
  });

/** What accounts count, on one unit. */
export const memoryUses = (tx: MemoryTx, { events }: Pick<SharedTx, 'events'>, ids: Ids): Uses =>
  usesOn({
    terms: (uses) =>
      uses.reduce<ResultAsync<readonly Terms[], never>>(
        (found, use) => found.andThen((before) => termsOf(tx, use).map((one) => [...before, one])),
        okAsync([]),
      ),
    facts: (account, at, keys) => factsIn(tx, account, at, keys),
    usage: memoryUsage(tx),
    events,
    ids,
  });
