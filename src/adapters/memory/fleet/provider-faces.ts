import { err, ok } from 'neverthrow';
import type {
  Export,
  ExportState,
  GatewayControl,
  Instances,
  ProviderRefused,
} from '../../../ports/fleet/providers.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { Faulty } from './provider-faults.js';
import type { MemoryInstance, ProviderWorld } from './provider-world.js';

const same = (a: object, b: object): boolean =>
  JSON.stringify(a, (_name, value) => (typeof value === 'bigint' ? String(value) : value)) ===
  JSON.stringify(b, (_name, value) => (typeof value === 'bigint' ? String(value) : value));

const refuse = (reason: string) => err<never, ProviderRefused>({ kind: 'provider_refused', reason });
const missing = () => err<never, NotFound>(NOT_FOUND);

const holds = (world: ProviderWorld, one: MemoryInstance): boolean =>
  [...one.files.keys()].some((id) => world.dirty(one, id) > 0);

/** The provider's own face. `refusals`: why it makes no instance now. */
export const instancesOf = (world: ProviderWorld, call: Faulty, refusals: Set<string>): Instances => ({
  ensure: (spec, token) =>
    call('ensure', () => {
      const refusal = [...refusals][0];
      const there = world.byToken(token);
      if (there && !same(there.spec, spec)) return refuse('the token was used for another instance');
      if (!there && refusal !== undefined) return refuse(refusal);
      return ok(world.viewNow(there ?? world.make(spec, token)));
    }),
  observe: (token) => call('observe', () => ok(world.views().find((one) => one.token === token))),
  start: (ref) =>
    call('start', () => {
      const one = world.byRef(ref);
      if (!one) return missing();
      const state = world.stateOf(one);
      if (state === 'stopped' || state === 'failed' || state === 'stopping') world.boot(one);
      return ok(undefined);
    }),
  stop: (ref) =>
    call('stop', () => {
      const one = world.byRef(ref);
      if (!one) return missing();
      const state = world.stateOf(one);
      if (state === 'running' || state === 'starting') world.halt(one);
      return ok(undefined);
    }),
  terminate: (ref) =>
    call('terminate', () => {
      const one = world.byRef(ref);
      if (!one) return ok(undefined);
      if (holds(world, one)) return refuse('it holds what is not in the bucket');
      world.become(one, 'gone');
      return ok(undefined);
    }),
  list: (deployment) => call('list', () => ok(world.views().filter((one) => one.deployment === deployment))),
});

const UNSENT = 'the store does not take what was written';

const stateOf = (
  { fileSystemId, username, fingerprint }: Export,
  reason: string | undefined,
): ExportState => {
  const served = { webdav: { url: `http://memory.invalid/${fileSystemId}`, username } };
  return { fileSystemId, served, healthy: reason === undefined, reason, fingerprint };
};

const isElsewhere = (a: Export, b: Export): boolean => a.bucket !== b.bucket || a.prefix !== b.prefix;

/** What speaks on an instance. `sick`: file systems whose export is not well, and why. */
export const controlOf = (
  world: ProviderWorld,
  call: Faulty,
  sick: ReadonlyMap<string, string>,
): GatewayControl => {
  const statesOf = (one: MemoryInstance) =>
    [...one.exports].map(([id, { wanted }]) =>
      stateOf(wanted, sick.get(id) ?? (world.isRefused(one, id) ? UNSENT : undefined)),
    );
  const on = <T>(name: string, ref: string, work: (one: MemoryInstance) => T) =>
    call(name, () => {
      const one = world.running(ref);
      return one ? ok(work(one)) : missing();
    });
  const drain = (one: MemoryInstance, id: string): void => {
    const exported = one.exports.get(id);
    if (exported) exported.drained = true;
    world.hurry(one, id);
  };
  /** It ends once it is clean; until then it is there, and takes nothing more. */
  const leave = (one: MemoryInstance, id: string): void => {
    drain(one, id);
    if (world.dirty(one, id) === 0) one.exports.delete(id);
  };
  const begin = (one: MemoryInstance, wanted: Export): void => {
    const { fileSystemId: id } = wanted;
    const there = one.exports.get(id);
    const holds = world.dirty(one, id) > 0;
    if (!there) one.exports.set(id, { wanted, drained: false });
    else if (!holds || !isElsewhere(there.wanted, wanted)) there.wanted = wanted;
  };
  return {
    exports: (ref, wanted) =>
      on('exports', ref, (one) => {
        const named = new Set(wanted.map(({ fileSystemId }) => fileSystemId));
        for (const id of one.exports.keys()) if (!named.has(id)) leave(one, id);
        for (const each of wanted) begin(one, each);
        return statesOf(one);
      }),
    health: (ref) => on('health', ref, statesOf),
    dirty: (ref, id) => on('dirty', ref, (one) => world.dirty(one, id)),
    flush: (ref, id) => on('flush', ref, (one) => world.hurry(one, id)),
    drain: (ref, id) => on('drain', ref, (one) => drain(one, id)),
    discard: (ref, id) =>
      call('discard', () => {
        const one = world.byRef(ref);
        if (one) world.drop(one, id);
        return ok(undefined);
      }),
    preload: (ref, _id) => on('preload', ref, () => true),
  };
};
