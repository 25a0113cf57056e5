import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { A, B, type ProviderStage, type ProviderTraits, providerRig } from './fleet-provider.rig.js';

/** What providers promise of what clients wrote. */
export const fleetProviderBytesContract = (
  name: string,
  openStage: () => Promise<ProviderStage>,
  traits: ProviderTraits,
) =>
  describe(`Provider, bytes on their way: ${name}`, () => {
    const rig = providerRig(openStage);
    const { open, eventually, observed, becomes, running, health, served, dirty, clean } = rig;

    it('counts files as dirty until they are in the bucket', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A, B]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 3)).toBe(true);
      expect([await dirty(ref, A), await dirty(ref, B)]).toEqual([3, 0]);
      for (let i = 0; i < 2; i += 1) (await control.flush(ref, A))._unsafeUnwrap();
      await stage.pass(2_000);
      expect([await dirty(ref, A), await stage.delivered(A)]).toEqual([3, 0]);
      await stage.unjam(A);
      await clean(ref, A);
      expect(await stage.delivered(A)).toBe(3);
    });

    it('has all in the bucket that was written before a flush, once nothing is dirty', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A]);
      for (const written of [2, 4]) {
        expect(await stage.write(ref, A, 2)).toBe(true);
        (await control.flush(ref, A))._unsafeUnwrap();
        await clean(ref, A);
        expect(await stage.delivered(A)).toBe(written);
      }
    });

    it('takes no write while it drains, and still serves', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A]);
      expect(await stage.write(ref, A, 2)).toBe(true);
      const drained = await eventually(
        async () => {
          (await control.drain(ref, A))._unsafeUnwrap();
          return dirty(ref, A);
        },
        (files) => files === 0,
      );
      expect([drained, await stage.delivered(A)]).toEqual([0, 2]);
      expect(await stage.write(ref, A, 1)).toBe(false);
      expect((await health(ref)).map(({ fileSystemId }) => fileSystemId)).toEqual([A]);
      // Named again it is on its way down all the same; one that ended begins anew.
      await served(ref, [A]);
      expect(await stage.write(ref, A, 1)).toBe(false);
      await served(ref, []);
      await served(ref, [A]);
      expect(await stage.write(ref, A, 1)).toBe(true);
    });

    it('ends an export when what it holds is in the bucket, and not before', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A, B]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      const rest = await stage.exportOf(B);
      (await control.exports(ref, [rest]))._unsafeUnwrap();
      await stage.pass(2_000);
      expect((await health(ref)).map(({ fileSystemId }) => fileSystemId).sort()).toEqual([A, B]);
      expect(await stage.write(ref, B, 1)).toBe(true);
      expect(await dirty(ref, A)).toBe(2);
      await stage.unjam(A);
      await eventually(
        async () => (await control.exports(ref, [rest]))._unsafeUnwrap(),
        (states) => states.length === 1,
      );
      expect(await stage.delivered(A)).toBe(2);
    });

    it('is not terminated while it holds what is not in the bucket', async () => {
      const stage = await open();
      const { instances } = stage.provider;
      const { token, ref } = await running();
      await served(ref, [A]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 1)).toBe(true);
      expect((await instances.terminate(ref))._unsafeUnwrapErr().kind).toBe('provider_refused');
      expect((await observed(token))?.state).toBe('running');
      await stage.unjam(A);
      await clean(ref, A);
      (await instances.terminate(ref))._unsafeUnwrap();
      expect(await stage.delivered(A)).toBe(1);
    });

    it('loses nothing when it is stopped while it holds what is not in the bucket', async () => {
      const stage = await open();
      const { instances } = stage.provider;
      const { token, ref } = await running();
      await served(ref, [A]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      (await instances.stop(ref))._unsafeUnwrap();
      await stage.pass(2_000);
      expect((await observed(token))?.state).toBe(traits.stopsDirty ? 'stopped' : 'stopping');
      expect(await stage.delivered(A)).toBe(0);
      await stage.unjam(A);
      await becomes(token, 'stopped');
      (await instances.start(ref))._unsafeUnwrap();
      await becomes(token, 'running');
      await served(ref, [A]);
      await clean(ref, A);
      expect(await stage.delivered(A)).toBe(2);
    });

    it('gives up what it holds of one file system, and leaves the others in peace', async () => {
      const stage = await open();
      const { control, instances } = stage.provider;
      const { token, ref } = await running();
      await served(ref, [A, B]);
      for (const id of [A, B]) await stage.jam(id);
      for (const id of [A, B]) expect(await stage.write(ref, id, 2)).toBe(true);
      for (let i = 0; i < 2; i += 1) expect(await control.discard(ref, A)).toEqual(ok(undefined));
      expect((await health(ref)).map(({ fileSystemId }) => fileSystemId)).toEqual([B]);
      expect([await dirty(ref, A), await dirty(ref, B), await stage.write(ref, A, 1)]).toEqual([0, 2, false]);
      for (const id of [A, B]) await stage.unjam(id);
      await clean(ref, B);
      expect([await stage.delivered(A), await stage.delivered(B)]).toEqual([0, 2]);
      // Whoever comes back begins anew.
      await served(ref, [A, B]);
      expect(await stage.write(ref, A, 1)).toBe(true);
      await clean(ref, A);
      expect(await stage.delivered(A)).toBe(1);
      (await instances.terminate(ref))._unsafeUnwrap();
      expect(await observed(token)).toBeUndefined();
      for (const gone of [ref, 'never-made']) expect(await control.discard(gone, A)).toEqual(ok(undefined));
    });

    it('gives up what it holds while it is on its way down, and can be terminated then', async () => {
      const stage = await open();
      const { control, instances } = stage.provider;
      const { token, ref } = await running();
      await served(ref, [A]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      (await instances.stop(ref))._unsafeUnwrap();
      expect((await instances.terminate(ref))._unsafeUnwrapErr().kind).toBe('provider_refused');
      expect(await control.discard(ref, A)).toEqual(ok(undefined));
      await becomes(token, 'stopped');
      (await instances.terminate(ref))._unsafeUnwrap();
      expect([await observed(token), await stage.delivered(A)]).toEqual([undefined, 0]);
    });

    it('says so while the store does not take what was written, and no more once it does', async () => {
      const stage = await open();
      const { ref } = await running();
      const [well] = await served(ref, [A]);
      await stage.jam(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      const [sick] = await eventually(
        () => health(ref),
        ([state]) => state?.healthy === false,
      );
      expect(sick).toEqual({ ...well, healthy: false, reason: expect.stringMatching(/store/) });
      await stage.unjam(A);
      await eventually(
        () => health(ref),
        ([state]) => state?.healthy === true,
      );
      expect([await dirty(ref, A), await stage.delivered(A)]).toEqual([0, 2]);
    });

    it('goes on with all that it holds when it is reached in another way', async () => {
      const stage = await open();
      const { ref } = await running();
      const [before, other] = await served(ref, [A, B]);
      await stage.rotate(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      await stage.pass(3_000);
      expect([await dirty(ref, A), await stage.delivered(A)]).toEqual([2, 0]);
      expect((await health(ref)).find(({ fileSystemId }) => fileSystemId === A)?.fingerprint).toBe('a way');
      const after = await served(ref, [A, B]);
      expect(after).toEqual([{ ...before, fingerprint: 'another way' }, other]);
      await clean(ref, A);
      expect(await stage.delivered(A)).toBe(2);
      expect(await stage.write(ref, A, 1)).toBe(true);
    });

    it('comes home in another way while it is drained', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A]);
      await stage.rotate(A);
      expect(await stage.write(ref, A, 2)).toBe(true);
      (await control.drain(ref, A))._unsafeUnwrap();
      await stage.pass(3_000);
      expect([await dirty(ref, A), await stage.delivered(A)]).toEqual([2, 0]);
      (await control.exports(ref, [await stage.exportOf(A)]))._unsafeUnwrap();
      await clean(ref, A);
      expect([await stage.delivered(A), await stage.write(ref, A, 1)]).toEqual([2, false]);
    });

    it('reads ahead what it serves, until it says that it has', async () => {
      const stage = await open();
      const { control } = stage.provider;
      const { ref } = await running();
      await served(ref, [A]);
      expect(await stage.write(ref, A, 3)).toBe(true);
      await clean(ref, A);
      await eventually(
        async () => (await control.preload(ref, A))._unsafeUnwrap(),
        (done) => done,
      );
      expect(await dirty(ref, A)).toBe(0);
    });
  });
