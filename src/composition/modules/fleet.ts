import { ContainerModule } from 'inversify';
import type { Deployment } from '../../ports/fleet/deployment.js';
import type { Providers } from '../../ports/fleet/providers.js';
import { fleetEntitlements } from '../entitled.js';
import { contexts, ports } from '../tokens.js';

/** What the fleet needs beside its rows: instances, the objects it shows, leave to run them. */
export const fleetPortsModule = (given: { readonly providers: Providers; readonly deployment: Deployment }) =>
  new ContainerModule(({ bind }) => {
    bind(ports.providers).toConstantValue(given.providers);
    bind(ports.deployment).toConstantValue(given.deployment);
    bind(ports.sources)
      .toResolvedValue(({ accessFor }) => ({ access: accessFor }), [contexts.storage])
      .inSingletonScope();
    bind(ports.fleetEntitlements)
      .toResolvedValue(fleetEntitlements, [contexts.entitlements, ports.clock])
      .inSingletonScope();
  });
