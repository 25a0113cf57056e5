import { err, ok, okAsync, type ResultAsync } from 'neverthrow';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { type SeenExport, sighted, unseen, type World } from '../../../domain/fleet/world.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { ExportState, Instance, Provider } from '../../../ports/fleet/providers.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Timed } from './deadline.js';

export type Held = {
  readonly gateway: Gateway;
  readonly seenAt?: Instant | undefined;
};

export const seenExports = (states: readonly ExportState[]): ReadonlyMap<string, SeenExport> =>
  new Map(states.map(({ fileSystemId, ...state }) => [fileSystemId, state]));

/** Nothing was exported yet, so there is nothing to ask about: a call saved for each file system that is made. */
const isFresh = ({ phase }: Gateway): boolean => phase === 'provisioning' || phase === 'booting';

/** What the gateway itself says; undefined when nobody is there to say anything. */
const answer = (
  { control }: Provider,
  ref: string,
  timed: Timed,
): ResultAsync<readonly ExportState[] | undefined, Unavailable> =>
  timed(() => control.health(ref))
    .map((states): readonly ExportState[] | undefined => states)
    .orElse((failure) => (failure.kind === 'not_found' ? ok(undefined) : err(failure)));

/** Its provider's view, and what it says itself, where that tells more. */
const seenOf = (
  provider: Provider,
  gateway: Gateway,
  token: string,
  timed: Timed,
): ResultAsync<
  { readonly instance: Instance | undefined; readonly spoke: readonly ExportState[] | undefined },
  Unavailable
> =>
  timed(() => provider.instances.observe(token)).andThen((instance) => {
    const running = instance?.state === 'running' && !isFresh(gateway);
    // Out of view is not out of the world: whoever made it asks it.
    const ref = instance ? instance.ref : gateway.ref;
    const asked = ref !== undefined && (running || instance === undefined);
    return (asked ? answer(provider, ref, timed) : okAsync(undefined)).map((spoke) => ({ instance, spoke }));
  });

/** The world as far as it concerns one gateway; without a token there is nothing to look at. */
export const look = (
  provider: Provider,
  { gateway, seenAt }: Held,
  at: Instant,
  timed: Timed,
): ResultAsync<World, Unavailable> => {
  const { provisionToken: token } = gateway;
  if (token === undefined) return okAsync({ ...unseen(at, { state: 'none' }), seenAt });
  return seenOf(provider, gateway, token, timed).map(({ instance, spoke }) => {
    const sight = sighted(gateway, instance, spoke !== undefined, at);
    const downSince = sight.state === 'stopped' || sight.state === 'failed' ? sight.since : undefined;
    return { ...unseen(at, sight), exports: seenExports(spoke ?? []), downSince, seenAt };
  });
};
