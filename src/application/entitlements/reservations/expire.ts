import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { plus, SECOND } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Again } from '../../../ports/shared/jobs.js';
import type { EntitlementsDeps } from '../deps.js';

/** Gives back what was set aside and never confirmed; there is one of it, made when a process starts. */
export const EXPIRE_JOB = 'entitlements.expire-reservations';

const EVERY = 30 * SECOND;
const AT_ONCE = 500;

/** Gives back what has run out, each in a unit of its own: of whoever settles it at the same moment one wins. */
export const expireReservations =
  ({ clock, entitlements, readers }: Pick<EntitlementsDeps, 'clock' | 'entitlements' | 'readers'>) =>
  (): ResultAsync<Again, Unavailable> =>
    safeTry(async function* () {
      const now = clock.now();
      const over = yield* readers.expired(now, AT_ONCE);
      for (const { accountId, id } of over)
        yield* entitlements.runAdding((tx) => tx.usage.settle(accountId, id, 'expired'));
      return ok({ again: over.length < AT_ONCE ? plus(now, EVERY) : now });
    });
