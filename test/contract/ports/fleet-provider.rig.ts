import { afterEach, expect } from 'vitest';
import type { Export, Instance, InstanceSpec, Provider } from '../../../src/ports/fleet/providers.js';
import { STANDARD } from '../../support/fleet-providers.js';

/** A provider, the buckets behind it, and clients that write. */
export type ProviderStage = {
  readonly provider: Provider;
  readonly deployment: string;
  /** What a file system of this name is to show. */
  readonly exportOf: (fileSystemId: string) => Promise<Export>;
  /** A client writes so many files; false where nobody takes them. */
  readonly write: (ref: string, fileSystemId: string, files: number) => Promise<boolean>;
  /** Files that are in its bucket. */
  readonly delivered: (fileSystemId: string) => Promise<number>;
  /** Its bucket takes nothing, until it takes everything again. */
  readonly jam: (fileSystemId: string) => Promise<void>;
  readonly unjam: (fileSystemId: string) => Promise<void>;
  /** It is reached in another way from now on, which `exportOf` tells; what comes in the old one is refused. */
  readonly rotate: (fileSystemId: string) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** In what providers honestly differ. */
export type ProviderTraits = {
  /** Its instances live on one host. */
  readonly hostId: string | undefined;
  /** A stop ends at once, even while the instance holds bytes: they are home after the next start only. */
  readonly stopsDirty: boolean;
};

const STEP_MS = 250;
const STEPS = 160;
export const A = 'file-system-a';
export const B = 'file-system-b';

/** A stage of its own for each test, and what tests ask of it again and again. */
export const providerRig = (open: () => Promise<ProviderStage>) => {
  let stage: ProviderStage;
  let count = 0;
  afterEach(() => stage.close());

  const specOf = (over: Partial<InstanceSpec> = {}): InstanceSpec => ({
    gatewayId: 'gateway-1',
    region: 'local',
    type: STANDARD,
    deployment: stage.deployment,
    ...over,
  });
  const freshToken = (): string => {
    count += 1;
    return `token-${count}`;
  };
  /** Asks until the answer is what it has to become. */
  const eventually = async <T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> => {
    for (let step = 0; step < STEPS; step += 1) {
      const answer = await ask();
      if (isIt(answer)) return answer;
      await stage.pass(STEP_MS);
    }
    const answer = await ask();
    expect(isIt(answer), `still ${JSON.stringify(answer)}`).toBe(true);
    return answer;
  };
  const observed = async (token: string) => (await stage.provider.instances.observe(token))._unsafeUnwrap();
  const becomes = async (token: string, state: Instance['state']): Promise<Instance> => {
    const seen = await eventually(
      () => observed(token),
      (instance) => instance?.state === state,
    );
    if (!seen) throw new Error('it is gone');
    return seen;
  };
  const running = async (token = freshToken()): Promise<Instance> => {
    (await stage.provider.instances.ensure(specOf(), token))._unsafeUnwrap();
    return becomes(token, 'running');
  };
  const health = async (ref: string) => (await stage.provider.control.health(ref))._unsafeUnwrap();
  const served = async (ref: string, ids: readonly string[]) => {
    const wanted = await Promise.all(ids.map((id) => stage.exportOf(id)));
    (await stage.provider.control.exports(ref, wanted))._unsafeUnwrap();
    return eventually(
      () => health(ref),
      (states) =>
        states.length === ids.length &&
        states.every(({ healthy, fileSystemId }) => healthy && ids.includes(fileSystemId)),
    );
  };
  const dirty = async (ref: string, id: string) =>
    (await stage.provider.control.dirty(ref, id))._unsafeUnwrap();
  const clean = (ref: string, id: string) =>
    eventually(
      () => dirty(ref, id),
      (files) => files === 0,
    );
  return {
    open: async (): Promise<ProviderStage> => {
      stage = await open();
      return stage;
    },
    specOf,
    freshToken,
    eventually,
    observed,
    becomes,
    running,
    health,
    served,
    dirty,
    clean,
  };
};
