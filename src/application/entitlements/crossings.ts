import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { crossingEvent, crossingsOf } from '../../domain/entitlements/crossings.js';
import type { EntitlementsTx } from '../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Known } from './known.js';

/** Tells of each share of its limit that use has come to by now, once in a window; of another limit anew. */
export const tellCrossings = (
  tx: EntitlementsTx,
  ids: Ids,
  { account, facts }: Known,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { accountId, asOf: at } = account;
    for (const crossing of crossingsOf(account, facts)) {
      const { featureId, windowStart, percent, limit } = crossing;
      const isFirst = yield* tx.usage.crossed({ accountId, featureId, windowStart, percent, limit, at });
      if (!isFirst) continue;
      yield* tx.events.append(crossingEvent(crossing, { stream: ids.next(), accountId, at }));
    }
    return ok(undefined);
  });
