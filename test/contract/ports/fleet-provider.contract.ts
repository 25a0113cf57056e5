import { describe, expect, it } from 'vitest';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { LARGE } from '../../support/fleet-providers.js';
import { fleetProviderBytesContract } from './fleet-provider.bytes.contract.js';
import { A, B, type ProviderStage, type ProviderTraits, providerRig } from './fleet-provider.rig.js';

const instancesContract = (name: string, openStage: () => Promise<ProviderStage>, traits: ProviderTraits) =>
  describe(`Provider, its instances: ${name}`, () => {
    const rig = providerRig(openStage);
    const { open, specOf, freshToken, eventually, observed, becomes, running, health, served } = rig;

    it('is of the host on which its instances live', async () => {
      const stage = await open();
      expect(stage.provider.hostId).toBe(traits.hostId);
    });

    it('makes one instance for a token, however often and however close together it is asked', async () => {
      const stage = await open();
      const { instances } = stage.provider;
      const token = freshToken();
      const asked = await Promise.all([1, 2, 3].map(() => instances.ensure(specOf(), token)));
      const refs = asked.map((answer) => answer._unsafeUnwrap().ref);
      const again = (await instances.ensure(specOf(), token))._unsafeUnwrap();
      expect(new Set([...refs, again.ref]).size).toBe(1);
      const seen = await becomes(token, 'running');
      expect(seen).toMatchObject({ ref: again.ref, token, deployment: stage.deployment });
      expect(seen.since).toBeGreaterThanOrEqual(seen.createdAt);
      expect((await instances.list(stage.deployment))._unsafeUnwrap()).toEqual([seen]);
    });

    it('refuses a token that was used for another instance', async () => {
      const stage = await open();
      const { instances } = stage.provider;
      const { token } = await running();
      for (const over of [{ gatewayId: 'gateway-2' }, { type: LARGE }, { region: 'elsewhere' }]) {
        const refused = await instances.ensure(specOf(over), token);
        expect(refused._unsafeUnwrapErr().kind).toBe('provider_refused');
      }
      expect((await instances.list(stage.deployment))._unsafeUnwrap()).toHaveLength(1);
    });

    it('knows no instance that was not made, and none of another deployment', async () => {
      const stage = await open();
      const { instances, control } = stage.provider;
      await running();
      expect(await observed('never-made')).toBeUndefined();
      expect((await instances.list('another-deployment'))._unsafeUnwrap()).toEqual([]);
      for (const ask of [instances.start, instances.stop, control.health])
        expect((await ask('never-made'))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
      expect((await control.exports('never-made', []))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
      for (const ask of [control.dirty, control.flush, control.drain, control.preload])
        expect((await ask('never-made', A))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
    });

    it('stops and starts, as often as it is asked to', async () => {
      const stage = await open();
      const { instances, control } = stage.provider;
      const { token, ref, since } = await running();
      await served(ref, [A]);
      await stage.pass(5);
      for (let i = 0; i < 2; i += 1) (await instances.stop(ref))._unsafeUnwrap();
      const down = await becomes(token, 'stopped');
      expect(down.since).toBeGreaterThan(since);
      expect((await control.health(ref))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
      expect((await control.exports(ref, []))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
      for (let i = 0; i < 2; i += 1) (await instances.start(ref))._unsafeUnwrap();
      await becomes(token, 'running');
      expect(await health(ref)).toEqual([]);
      await served(ref, [A]);
      expect(await stage.write(ref, A, 1)).toBe(true);
    });

    it('terminates, and what is gone is terminated', async () => {
      const stage = await open();
      const { instances } = stage.provider;
      const { token, ref } = await running();
      await served(ref, [A]);
      for (let i = 0; i < 2; i += 1) (await instances.terminate(ref))._unsafeUnwrap();
      await eventually(
        () => observed(token),
        (instance) => instance === undefined,
      );
      expect((await instances.list(stage.deployment))._unsafeUnwrap()).toEqual([]);
      expect((await instances.start(ref))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
    });

    it('serves exactly the exports that are named, and leaves those that stay in peace', async () => {
      const stage = await open();
      const { ref } = await running();
      const [first] = await served(ref, [A]);
      const both = await served(ref, [A, B]);
      expect(both).toContainEqual(first);
      expect(both.every(({ served: { webdav } }) => URL.canParse(webdav?.url ?? ''))).toBe(true);
      expect(new Set(both.map(({ served: { webdav } }) => webdav?.url)).size).toBe(2);
      expect(await served(ref, [A, B])).toEqual(both);
      expect(await served(ref, [A])).toEqual([first]);
      expect([await stage.write(ref, A, 1), await stage.write(ref, B, 1)]).toEqual([true, false]);
    });
  });

/** All that is asked of a provider. */
export const fleetProviderContract = (
  name: string,
  open: () => Promise<ProviderStage>,
  traits: ProviderTraits,
): void => {
  instancesContract(name, open, traits);
  fleetProviderBytesContract(name, open, traits);
};
