import { okAsync, type ResultAsync } from 'neverthrow';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { JobQueue } from '../../ports/shared/jobs.js';
import type { UnitOfWork } from '../../ports/shared/unit-of-work.js';

/** At start: each kind's one job is there, its key being the kind. Its handler puts it back with `again`. */
export const ensureRepeating = (
  { units, ids, clock }: { units: UnitOfWork<{ readonly jobs: JobQueue }>; ids: Ids; clock: Clock },
  kinds: readonly string[],
): ResultAsync<void, Unavailable> =>
  units.run((tx) =>
    kinds.reduce<ResultAsync<void, Unavailable>>(
      (ensured, kind) =>
        ensured.andThen(() =>
          tx.jobs.enqueue({ id: ids.next(), kind, key: kind, payload: {}, runAt: clock.now() }),
        ),
      okAsync(undefined),
    ),
  );
