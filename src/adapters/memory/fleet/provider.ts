import type { GatewayProvider } from '../../../domain/fleet/gateway.js';
import type { Export, Provider } from '../../../ports/fleet/providers.js';
import type { Clock } from '../../../ports/shared/clock.js';
import { controlOf, instancesOf } from './provider-faces.js';
import { type FaultOf, faulty } from './provider-faults.js';
import { AT_ONCE, type Pace, providerWorld } from './provider-world.js';

type Options = {
  readonly clock: Clock;
  readonly name?: GatewayProvider;
  readonly hostId?: string;
  readonly pace?: Partial<Pace>;
  readonly faultOf?: FaultOf;
  /** Whether a bucket takes what comes in this way; default: every one. */
  readonly admits?: (way: Export) => boolean;
};

/** A provider whose instances are in memory, with all the faults that a real one has, and the hands to bring them about. */
export const memoryProvider = (options: Options) => {
  const { clock, name = 'local', hostId, pace, faultOf = () => 'none', admits = () => true } = options;
  const world = providerWorld({ clock, pace: { ...AT_ONCE, ...pace }, admits });
  const calls: string[] = [];
  const refusals = new Set<string>();
  const sick = new Map<string, string>();
  const call = faulty(faultOf, (made) => void calls.push(made));
  const provider: Provider = {
    name,
    ...(hostId !== undefined && { hostId }),
    instances: instancesOf(world, call, refusals),
    control: controlOf(world, call, sick),
  };
  const serving = (id: string) =>
    world.there().find((one) => world.stateOf(one) === 'running' && one.exports.get(id)?.drained === false);
  return {
    provider,
    calls,
    /** Instances that are there at this moment, whatever their state. */
    instances: () => world.there().map(world.viewNow),
    /** Files of a file system that the instance holds and its bucket does not. */
    holds: (ref: string, fileSystemId: string): number => {
      const one = world.byRef(ref);
      return one ? world.dirty(one, fileSystemId) : 0;
    },
    gatewayOf: (ref: string) => world.byRef(ref)?.spec.gatewayId,
    /** The file systems that the gateway's running instances serve. */
    exportsOf: (gatewayId: string) =>
      world
        .there()
        .filter((one) => one.spec.gatewayId === gatewayId && world.stateOf(one) === 'running')
        .flatMap((one) => [...one.exports.values()].map(({ wanted }) => wanted)),
    /** A client writes files; false where nobody takes them. */
    write: (fileSystemId: string, files: number): boolean => {
      const one = serving(fileSystemId);
      if (one) world.write(one, fileSystemId, files);
      return one !== undefined;
    },
    delivered: world.delivered,
    /** Its bucket takes nothing, or takes everything again. */
    jam: (fileSystemId: string) => void world.stuck.add(fileSystemId),
    unjam: (fileSystemId: string) => void world.stuck.delete(fileSystemId),
    /** An instance ends behind our back: `gone` with all it holds, or down with its disk kept. */
    kill: (ref: string, how: 'gone' | 'failed' | 'stopped') => {
      const one = world.byRef(ref);
      if (one) world.become(one, how);
    },
    refuse: (reason: string) => void refusals.add(reason),
    admit: () => refusals.clear(),
    sicken: (fileSystemId: string, reason: string) => void sick.set(fileSystemId, reason),
    heal: (fileSystemId: string) => void sick.delete(fileSystemId),
    /** An instance that nobody here asked for. */
    plant: (token: string, deployment: string, gatewayId = 'nobody') => {
      const type = { name: 'planted' } as never;
      return world.make({ gatewayId, region: 'local', type, deployment }, token).ref;
    },
  };
};
export type MemoryProvider = ReturnType<typeof memoryProvider>;
