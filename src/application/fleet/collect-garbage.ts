import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { isTooMany, orphansAmong } from '../../domain/fleet/garbage.js';
import { GATEWAY_PROVIDERS, type GatewayProvider } from '../../domain/fleet/gateway.js';
import type { Instance, Provider } from '../../ports/fleet/providers.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { FleetDeps } from './deps.js';
import { stepBudget } from './reconcile/deadline.js';
import { isOwnDatabase } from './reconcile/own-database.js';
import { wakeMissed } from './wake-missed.js';

/** What a pass over one provider's instances came to. */
export type Collected =
  | {
      readonly outcome: 'collected';
      readonly provider: GatewayProvider;
      readonly listed: number;
      readonly ended: number;
      /** They hold bytes that are not in their bucket, or the provider does not answer: the next pass tries again. */
      readonly kept: number;
      /** Gateways that were made due, for what there is and what they know of it differ. */
      readonly woken: number;
    }
  | {
      readonly outcome: 'too_many';
      readonly provider: GatewayProvider;
      readonly listed: number;
      readonly orphans: number;
    }
  /** The database is a copy of another deployment's. */
  | { readonly outcome: 'foreign_database'; readonly configured: string; readonly recorded: string };

/**
 * Ends instances that no gateway owns: what a reconciler made and did not live to write down. The other direction,
 * rows whose instance is gone, is the reconciler's: those at rest are woken here, and it looks at every row anew within
 * its resync.
 */
export const collectGarbage = (deps: FleetDeps) => (): ResultAsync<readonly Collected[], Unavailable> =>
  safeTry<readonly Collected[], Unavailable>(async function* () {
    const { deployment, providers } = deps;
    if (!(yield* isOwnDatabase(deps))) {
      const { configured } = deployment;
      return ok<readonly Collected[]>([
        { outcome: 'foreign_database', configured, recorded: yield* deployment.recorded() },
      ]);
    }
    const passes: Collected[] = [];
    for (const name of GATEWAY_PROVIDERS) {
      const provider = providers.get(name);
      if (!('hint' in provider)) passes.push(yield* passOver(deps, provider));
    }
    return ok<readonly Collected[]>(passes);
  });

const passOver = (deps: FleetDeps, provider: Provider): ResultAsync<Collected, Unavailable> =>
  safeTry<Collected, Unavailable>(async function* () {
    const { clock, readers, deployment } = deps;
    const { name, instances } = provider;
    const { configured } = deployment;
    // The rows are read after the list: what is made meanwhile is too young, what is written meanwhile is seen.
    const seen = yield* stepBudget(deps)(() => instances.list(configured));
    const all = seen.filter((one) => one.deployment === configured);
    const tokens = all.map(({ token }) => token);
    const gateways = yield* readers.gatewaysByToken(tokens);
    const woken = yield* wakeMissed(deps, provider, tokens, gateways);
    const live = gateways.filter(({ phase }) => phase !== 'deleted');
    const owned = new Set(live.flatMap(({ provisionToken }) => provisionToken ?? []));
    const orphans = orphansAmong(all, owned, clock.now());
    const listed = all.length;
    if (isTooMany(orphans.length, listed))
      return ok<Collected>({ outcome: 'too_many', provider: name, listed, orphans: orphans.length });
    const ended = yield* end(deps, provider, orphans);
    return ok<Collected>({
      outcome: 'collected',
      provider: name,
      listed,
      ended,
      kept: orphans.length - ended,
      woken,
    });
  });

/** One after the other, each with a deadline of its own; those that do not go are left to the next pass. */
const end = (
  deps: FleetDeps,
  { instances }: Provider,
  orphans: readonly Instance[],
): ResultAsync<number, never> =>
  orphans.reduce(
    (count, { ref }) =>
      count.andThen((before) =>
        stepBudget(deps)(() => instances.terminate(ref))
          .map(() => before + 1)
          .orElse(() => ok(before)),
      ),
    okAsync<number, never>(0),
  );
