import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { GATEWAY_PROVIDERS } from '../../../domain/fleet/gateway.js';
import { plus, SECOND } from '../../../domain/shared/time.js';
import type { ClaimedGateway } from '../../../ports/fleet/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { FleetDeps } from '../deps.js';
import { isOwnDatabase } from './own-database.js';
import { stepGateway } from './step.js';

/** Three times what a step may take. */
const LEASE = 30 * SECOND;

/** Gateways that are due, at most `limit`, in this process's hands for 30 s. Of a copied database: none. */
const claim =
  (deps: FleetDeps) =>
  (limit: number): ResultAsync<readonly ClaimedGateway[], Unavailable> =>
    isOwnDatabase(deps).andThen((own) => {
      const { clock, leases, providers, settings } = deps;
      const here = GATEWAY_PROVIDERS.filter((name) => !('hint' in providers.get(name)));
      if (!own || here.length === 0) return okAsync([]);
      const at = clock.now();
      return leases.claim({ hostId: settings.hostId, providers: here }, limit, at, plus(at, LEASE));
    });

/** Brings gateways and their file systems to where they are wanted, a step at a time, in any number of processes. */
export const reconciler = (deps: FleetDeps) => {
  const [claimDue, step] = [claim(deps), stepGateway(deps)];
  return {
    claim: claimDue,
    step,
    /** One step of each gateway that is due, at most `limit`, one after the other; answers how many those were. */
    reconcileOnce: (limit: number): ResultAsync<number, Unavailable> =>
      safeTry<number, Unavailable>(async function* () {
        const claimed = yield* claimDue(limit);
        // Whoever lost its lease has nothing to say: another worker goes on.
        for (const one of claimed)
          yield* step(one).orElse((failure) => (failure.kind === 'lease_lost' ? ok() : err(failure)));
        return ok(claimed.length);
      }),
  };
};
