import { okAsync, type ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { InProgress, KeyReused, Made, Once } from '../../ports/shared/idempotency.js';
import type { SharedTx } from '../../ports/shared/shared-tx.js';

/**
 * Claims the client's Idempotency-Key for what this unit is about to make. Undefined: go on and make
 * it. Otherwise the ids of the first request, whose outcome is to be shown again.
 */
export const claim = (
  tx: SharedTx,
  once: Once | undefined,
  made: Made,
): ResultAsync<Made | undefined, KeyReused | InProgress | Unavailable> =>
  once ? tx.idempotency.claim(once, made) : okAsync(undefined);
