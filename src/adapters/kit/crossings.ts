import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { crossingEvent, crossingsOf } from '../../domain/entitlements/crossings.js';
import type { AccountFacts, FeatureFacts } from '../../domain/entitlements/facts.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Usage } from '../../ports/entitlements/unit-of-work.js';
import type { Events } from '../../ports/shared/events.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';

/** Where it is written down that a share was come to, and where it is told. */
type Books = { readonly crossed: Usage['crossed']; readonly events: Events; readonly ids: Ids };

/** Tells of each share of its limit that use has come to, once in a window, in the unit of the caller. */
export const tellCrossings = (
  { crossed, events, ids }: Books,
  account: AccountFacts,
  facts: FeatureFacts,
  at: Instant,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { accountId } = account;
    for (const crossing of crossingsOf(account, facts))
      if (yield* crossed({ ...crossing, accountId, at }))
        yield* events.append(crossingEvent(crossing, { stream: ids.next(), accountId, at }));
    return ok(undefined);
  });
