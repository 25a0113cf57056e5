import { err, errAsync, ok, ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { DAY, plus } from '../../../src/domain/shared/time.js';
import type { Made, Once } from '../../../src/ports/shared/idempotency.js';
import type { Sealed } from '../../../src/ports/shared/sealer.js';
import { AT, newId, type SharedRig } from './shared.rig.js';

const once = (overrides: Partial<Once> = {}): Once => ({
  scope: 'user createBucket',
  key: newId(),
  fingerprint: 'body',
  at: AT,
  ...overrides,
});
const made = (): Made => ({ ids: { bucket: newId() }, secret: undefined });

export const idempotencyContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Idempotency: ${name}`, () => {
    let rig: SharedRig;
    beforeAll(async () => {
      rig = await open();
    });
    const claim = (request: Once, ids: Made) => rig.units.run((tx) => tx.idempotency.claim(request, ids));

    it('tells the first request that it is the first, and every later one what the first has made', async () => {
      const [request, first] = [once(), { ...made(), secret: 'sealed' as Sealed }];
      expect(await claim(request, first)).toEqual(ok(undefined));
      expect(await claim(request, made())).toEqual(ok(first));
      expect(await claim({ ...request, at: plus(AT, DAY - 1) }, made())).toEqual(ok(first));
    });

    it('refuses the key for another body', async () => {
      const request = once();
      expect(await claim(request, made())).toEqual(ok(undefined));
      expect(await claim({ ...request, fingerprint: 'another' }, made())).toEqual(
        err({ kind: 'idempotency_key_reused' }),
      );
    });

    it('keeps the keys of two scopes apart', async () => {
      const request = once();
      expect(await claim(request, made())).toEqual(ok(undefined));
      expect(await claim({ ...request, scope: 'another' }, made())).toEqual(ok(undefined));
    });

    it('forgets a key after 24 hours, also for another body', async () => {
      const [request, second] = [once(), made()];
      expect(await claim(request, made())).toEqual(ok(undefined));
      const later = { ...request, fingerprint: 'another', at: plus(AT, DAY) };
      expect(await claim(later, second)).toEqual(ok(undefined));
      expect(await claim(later, made())).toEqual(ok(second));
    });

    it('knows nothing of a claim whose unit answered Err', async () => {
      const request = once();
      const failed = await rig.units.run((tx) =>
        tx.idempotency.claim(request, made()).andThen(() => errAsync('changed my mind')),
      );
      expect(failed).toEqual(err('changed my mind'));
      expect(await claim(request, made())).toEqual(ok(undefined));
    });

    it('finds a claim that was committed after its own unit had begun', async () => {
      const [request, first] = [once(), made()];
      const result = await rig.units.run((tx) =>
        tx.idempotency
          .claim(once(), made())
          .andThen(() => claim(request, first))
          .andThen(() => tx.idempotency.claim(request, made())),
      );
      expect(result).toEqual(ok(first));
    });

    it('makes one of many requests that come at once the first', async () => {
      const [request, results] = [once(), Array.from({ length: 6 }, made)];
      const outcomes = await Promise.all(results.map((mine) => claim(request, mine)));
      const answers = outcomes.map((outcome) => outcome._unsafeUnwrap());
      const first = results[answers.indexOf(undefined)];
      expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
      expect(answers.filter((answer) => answer !== undefined)).toEqual(Array(5).fill(first));
    });
  });

/** Only where a claim can be open for a while: a memory unit has nothing to wait for. */
export const openClaimContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Idempotency of a request still at work: ${name}`, () => {
    it('says that the first request is in progress when it takes too long, and leaves its claim alone', async () => {
      const rig = await open();
      const [request, first] = [once(), made()];
      let letGo: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const [claimed, working] = await new Promise<[boolean, ResultAsync<unknown, unknown>]>((resolve) => {
        const unit: ResultAsync<unknown, unknown> = rig.units.run((tx) =>
          tx.idempotency.claim(request, first).andThen((answer) => {
            resolve([answer === undefined, unit]);
            return ResultAsync.fromSafePromise(held);
          }),
        );
      });
      const second = await rig.units.run((tx) => tx.idempotency.claim(request, made()));
      letGo();
      expect(claimed).toBe(true);
      expect(second).toEqual(err({ kind: 'idempotency_in_progress' }));
      expect((await working).isOk()).toBe(true);
      expect(await rig.units.run((tx) => tx.idempotency.claim(request, made()))).toEqual(ok(first));
    });
  });
