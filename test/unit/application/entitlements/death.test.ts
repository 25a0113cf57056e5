import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { allowed } from '../../../support/entitled.js';
import { insider, once, type Stage, stage, value } from './stage.js';

/** Something that is asked for again by whoever did not hear what became of it. */
type Work = (on: Stage, account: AccountId) => Promise<unknown>;
type Scene = {
  /** What stands before, and then the request: the same however often it is sent. */
  readonly prepare: (on: Stage, account: AccountId) => Promise<Work>;
  /** Done once. */
  readonly done: (on: Stage, account: AccountId) => Promise<void>;
};

const counts = async (on: Stage, account: AccountId) => (await on.countOf(account, 'files')).lifetime;
const actions = async (on: Stage) => (await on.audit()).map(({ action }) => action);
const want = (account: AccountId) => ({ accountId: account, feature: 'files', amount: 3 });

const SCENES: Readonly<Record<string, Scene>> = {
  reserving: {
    prepare: async () => {
      const key = once();
      return (on, account) => value(on.app.reserve(want(account), insider(account), key));
    },
    done: async (on, account) => {
      expect(await counts(on, account)).toEqual({ used: 0n, reserved: 3n });
      expect([await on.rows('usage_reservations'), await actions(on)]).toMatchObject([
        [{ amount: 3n, state: 'held' }],
        ['reservation.reserve'],
      ]);
    },
  },
  confirming: {
    prepare: async (on, account) => {
      const { reservation } = await value(on.app.reserve(want(account), insider(account)));
      return (again, id) => value(again.app.confirm(reservation.id, {}, insider(id)));
    },
    done: async (on, account) => {
      expect(await counts(on, account)).toEqual({ used: 3n, reserved: 0n });
      expect([await on.rows('usage_records'), await actions(on)]).toMatchObject([
        [{ value: 3n }],
        ['reservation.reserve', 'reservation.confirm'],
      ]);
    },
  },
  'recording a batch': {
    prepare: async () => (on, account) => {
      const row = (key: string, amount: number) => ({ ...want(account), key, value: amount });
      const rows = [row('1', 4), row('2', 1.5), row('3', 5)];
      return value(on.app.recordBatch(rows, insider(account)));
    },
    done: async (on, account) => {
      expect(await counts(on, account)).toEqual({ used: 9n, reserved: 0n });
      expect([await on.rows('usage_records'), await actions(on)]).toMatchObject([
        [{ value: 4n }, { value: 5n }],
        ['usage.record'],
      ]);
      expect((await on.events()).map(({ type }) => type)).toEqual(['entitlement.warned']);
    },
  },
};

const NOTHING = new Promise<never>(() => undefined);

/** Ends with the `fated` call of a port, which is not answered any more. */
const lifeUntil = (fated: number) => {
  let calls = 0;
  let announce = (): void => undefined;
  const died = new Promise<'died'>((resolve) => {
    announce = () => resolve('died');
  });
  const yieldTo = async (): Promise<void> => {
    calls += 1;
    if (calls < fated) return;
    announce();
    await NOTHING;
  };
  return { died, yieldTo };
};

/** True when a process died at that call; false: it had no so many. Then another one does the same again. */
const dieAt = async (fated: number, { prepare, done }: Scene): Promise<boolean> => {
  const first = lifeUntil(fated);
  const others = lifeUntil(Number.POSITIVE_INFINITY);
  let alive = others;
  const on = stage({ yieldTo: () => alive.yieldTo() });
  const account = await on.onPlan({ files: allowed(10) });
  const work = await prepare(on, account);
  alive = first;
  const ended = await Promise.race([work(on, account), first.died]);
  alive = others;
  await work(on, account);
  await done(on, account);
  return ended === 'died';
};

describe('a process that dies at any call', () => {
  it.each(Object.keys(SCENES))('leaves %s to be done by the same request again, once', async (name) => {
    const scene = SCENES[name] as Scene;
    let fated = 1;
    while (await dieAt(fated, scene)) fated += 1;
    expect(fated).toBeGreaterThan(15);
  });
});
