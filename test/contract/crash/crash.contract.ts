import { describe, expect, it } from 'vitest';
import type { Doom, Outside } from '../../support/crash.js';
import { accountOperations } from './accounts.operations.js';
import { billingOperations } from './billing.operations.js';
import { entitlementOperations } from './entitlements.operations.js';
import { fleetOperations } from './fleet.operations.js';
import { storageOperations } from './storage.operations.js';
import { type Operation, trial } from './trial.js';

/**
 * Calls that leave the world as it is: to die at one of them is to die after the call before it, or before the one
 * after it, and those are tried.
 */
const IDLE = /^(clock\.now|pause\.wait)$/;

type World = { readonly outside: () => Outside; readonly close: () => Promise<void> };

type Sides = readonly Doom['when'][];
type Limits = {
  readonly timeout: number;
  /**
   * The fleet's operations are long, and to die before a call leaves the world that dying after the one before it
   * leaves; where trials are slow, one of the two will do for them.
   */
  readonly fleet?: Sides;
  readonly billing?: Sides;
  readonly entitlements?: Sides;
  /**
   * Calls of billing's and entitlements' operations that are passed over, where each of them has been died at in tests of the use cases
   * themselves.
   */
  readonly passedOver?: RegExp;
};
const BOTH: Sides = ['before', 'after'];
const NONE = /^$/;

/** Where, and on which sides of a call, an operation's process dies. */
const deathsOf = (operation: Operation, limits: Limits) => {
  const { fleet = BOTH, billing = BOTH, entitlements = BOTH, passedOver = NONE } = limits;
  if (entitlementOperations.includes(operation)) return { sides: entitlements, passedOver };
  if (billingOperations.includes(operation)) return { sides: billing, passedOver };
  return { sides: fleetOperations.includes(operation) ? fleet : BOTH, passedOver: NONE };
};

/** `open` gives each operation its world, or a way to a new one for each trial. */
export const crashContract = (name: string, open: () => Promise<World>, limits: Limits) =>
  describe(`a process that dies at any call of a port, on ${name}`, () => {
    it.for([
      ...accountOperations,
      ...storageOperations,
      ...fleetOperations,
      ...billingOperations,
      ...entitlementOperations,
    ])(
      'leaves $name to be done by the same request again, once',
      { timeout: limits.timeout },
      async (operation, { annotate }) => {
        const { outside, close } = await open();
        const { calls } = await trial(outside(), operation, undefined);
        expect(calls.length).toBeGreaterThanOrEqual(operation.least);
        expect(calls).toEqual(expect.arrayContaining([...operation.passing]));
        const { sides, passedOver } = deathsOf(operation, limits);
        const telling = [...calls.entries()].filter(([, call]) => !IDLE.test(call) && !passedOver.test(call));
        await annotate(`${calls.length} calls of ports, a death at ${telling.length} of them`);
        for (const [index] of telling)
          for (const when of sides) {
            const doom: Doom = { call: index + 1, when };
            const { dead, calls: made } = await trial(outside(), operation, doom);
            expect([doom, dead]).toEqual([doom, true]);
            expect(made).toEqual(calls.slice(0, made.length));
          }
        await close();
      },
    );
  });
