import type { ResultAsync } from 'neverthrow';
import type { ClaimedGateway } from '../../ports/fleet/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Sleep, WorkerLog } from './lease.js';
import { type Puller, puller } from './pulling.js';

type Options = {
  readonly claim: (limit: number) => ResultAsync<readonly ClaimedGateway[], Unavailable>;
  /** One step of a gateway within its lease, and the end of the lease. */
  readonly step: (claimed: ClaimedGateway) => ResultAsync<void, { readonly kind: string }>;
  readonly log: WorkerLog;
  /** Gateways in hand at one moment. */
  readonly concurrency?: number;
  readonly pollMs?: number;
  readonly sleep?: Sleep;
};

const facts = ({ gateway, attempts }: ClaimedGateway) => ({ gatewayId: gateway.id, attempts });

/** Drives the reconciler with the gateways that are due: a step each, over and over. */
export const gatewayWorker = ({ claim, step, log, concurrency = 8, ...pace }: Options): Puller => {
  const run = async (claimed: ClaimedGateway): Promise<void> => {
    const done = await step(claimed);
    // The lease runs out, and whoever claims the gateway then goes on from what is there.
    if (done.isErr()) log.warn({ ...facts(claimed), failure: done.error.kind }, 'a step was not recorded');
  };
  return puller({ what: 'gateways', claim, run, facts, log, concurrency, ...pace });
};
