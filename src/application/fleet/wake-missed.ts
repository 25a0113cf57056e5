import { ok, type ResultAsync, safeTry } from 'neverthrow';
import type { Gateway } from '../../domain/fleet/gateway.js';
import type { Provider } from '../../ports/fleet/providers.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { FleetDeps } from './deps.js';

/** So many in one pass; what is left over is looked at in its turn. */
const MOST = 100;

/** Its instance is there and its row does not know it yet: whoever made it did not live to write it down. */
const isUnadopted = ({ ref, phase }: Gateway): boolean => ref === undefined && phase !== 'deleted';

/**
 * Gateways that the list of instances tells news of are due at once: those at rest whose instance is not in it, and
 * those that have one to adopt. `owners`: whose tokens are in the list. Answers how many those are.
 */
export const wakeMissed = (
  { clock, fleet, readers }: Pick<FleetDeps, 'clock' | 'fleet' | 'readers'>,
  { name, hostId }: Provider,
  listed: readonly string[],
  owners: readonly Gateway[],
): ResultAsync<number, Unavailable> =>
  safeTry<number, Unavailable>(async function* () {
    const missed = yield* readers.gatewaysWithout({ provider: name, hostId }, listed, MOST);
    const news = [...missed, ...owners.filter(isUnadopted)];
    // Each in a unit of its own: one that a reconciler has in hand at this moment holds up no other.
    for (const { id } of news) yield* fleet.run((tx) => tx.gateways.wake(id, clock.now()));
    return ok(news.length);
  });
