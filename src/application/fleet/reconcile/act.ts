import { ok, okAsync, type ResultAsync } from 'neverthrow';
import type { Step } from '../../../domain/fleet/decide.js';
import type { Sight, World } from '../../../domain/fleet/world.js';
import type { ProviderRefused } from '../../../ports/fleet/providers.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { FleetDeps } from '../deps.js';
import { instanceType } from '../offers.js';
import type { Acted, Acting } from './acting.js';
import { discard, tend } from './tend.js';

const EXHAUSTED = 'its instance did not come up, however often it was tried';

type Answered = ResultAsync<Sight, NotFound | ProviderRefused | Unavailable>;

/** Asks the provider for something. A refusal is for good, an absent instance is news, all else is tried again. */
const ask = ({ world }: Acting, call: Answered): ResultAsync<Acted, never> =>
  call
    .map((instance): Acted => ({ world: { ...world, instance } }))
    .orElse((failure) => ok<Acted, never>(hindrance(world, failure)));

const hindrance = (world: World, failure: NotFound | ProviderRefused | Unavailable): Acted => {
  if (failure.kind === 'unavailable') return { world, trouble: failure };
  if (failure.kind === 'not_found') return { world: { ...world, instance: { state: 'missing' } } };
  return { world: { ...world, impossible: failure.reason } };
};

const ensure = (deps: FleetDeps, acting: Acting): ResultAsync<Acted, never> => {
  const { provider, gateway, timed, world } = acting;
  const type = instanceType(deps.providers, gateway.provider, gateway.type);
  if (!type)
    return okAsync({ world: { ...world, impossible: `the instance type ${gateway.type} is not offered` } });
  const { configured: deployment } = deps.deployment;
  const spec = { gatewayId: gateway.id, region: gateway.region, type, deployment };
  const token = gateway.provisionToken ?? '';
  return ask(
    acting,
    timed(() => provider.instances.ensure(spec, token)),
  );
};

/** It goes for good. One that will not go yet holds bytes. */
const terminate = (acting: Acting): ResultAsync<Acted, never> => {
  const { provider, ref, timed } = acting;
  return ask(
    acting,
    timed(() => provider.instances.terminate(ref)).map((): Sight => ({ state: 'gone' })),
  );
};

const moved = (
  acting: Acting,
  state: 'starting' | 'stopping',
  call: () => ResultAsync<void, NotFound | ProviderRefused | Unavailable>,
): ResultAsync<Acted, never> => {
  const { ref, world, timed } = acting;
  return ask(
    acting,
    timed(call).map((): Sight => ({ state, ref, since: world.at })),
  );
};

/** Does one step on the provider. What comes of it is told as the world that is there then. */
export const act = (deps: FleetDeps, acting: Acting, step: Step): ResultAsync<Acted, never> => {
  const { provider, world, ref } = acting;
  switch (step.kind) {
    case 'ensure':
      return ensure(deps, acting);
    case 'start':
      return moved(acting, 'starting', () => provider.instances.start(ref));
    case 'stop':
      return moved(acting, 'stopping', () => provider.instances.stop(ref));
    case 'replace':
      return terminate(acting);
    case 'forget':
    case 'terminate':
      // Refused: it is there, and what it holds is not home yet. It is asked again until it is.
      return terminate(acting).map((acted) =>
        acted.world.impossible === undefined ? acted : { world, trouble: { kind: 'provider_refused' } },
      );
    case 'tend':
      return tend(deps, acting, step);
    case 'discard':
      return discard(acting, step.fileSystems);
    case 'give_up':
      return okAsync({ world: { ...world, impossible: EXHAUSTED } });
    case 'place':
    case 'rest':
      return okAsync({ world });
  }
};
