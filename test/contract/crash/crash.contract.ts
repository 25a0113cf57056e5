import { describe, expect, it } from 'vitest';
import type { Doom, Outside } from '../../support/crash.js';
import { accountOperations } from './accounts.operations.js';
import { fleetOperations } from './fleet.operations.js';
import { storageOperations } from './storage.operations.js';
import { trial } from './trial.js';

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
};
const BOTH: Sides = ['before', 'after'];

/** `open` gives each operation its world, or a way to a new one for each trial. */
export const crashContract = (name: string, open: () => Promise<World>, { timeout, fleet = BOTH }: Limits) =>
  describe(`a process that dies at any call of a port, on ${name}`, () => {
    it.for([...accountOperations, ...storageOperations, ...fleetOperations])(
      'leaves $name to be done by the same request again, once',
      { timeout },
      async (operation, { annotate }) => {
        const { outside, close } = await open();
        const { calls } = await trial(outside(), operation, undefined);
        await annotate(`${calls.length} calls of ports, a death at each`);
        expect(calls.length).toBeGreaterThanOrEqual(operation.least);
        expect(calls).toEqual(expect.arrayContaining([...operation.passing]));
        const telling = [...calls.entries()].filter(([, call]) => !IDLE.test(call));
        for (const [index] of telling)
          for (const when of fleetOperations.includes(operation) ? fleet : BOTH) {
            const doom: Doom = { call: index + 1, when };
            const { dead, calls: made } = await trial(outside(), operation, doom);
            expect([doom, dead]).toEqual([doom, true]);
            expect(made).toEqual(calls.slice(0, made.length));
          }
        await close();
      },
    );
  });
