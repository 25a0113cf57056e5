import { describe, expect, it } from 'vitest';
import type { Doom, Outside } from '../../support/crash.js';
import { accountOperations } from './accounts.operations.js';
import { storageOperations } from './storage.operations.js';
import { trial } from './trial.js';

/** Waits for a deadline that the operation does not reach: nobody dies of what does not come back. */
const ENDLESS = 'pause.wait';

type World = { readonly outside: () => Outside; readonly close: () => Promise<void> };

/** `open` gives each operation its world, or a way to a new one for each trial. */
export const crashContract = (name: string, open: () => Promise<World>, timeout: number) =>
  describe(`a process that dies at any call of a port, on ${name}`, () => {
    it.for([...accountOperations, ...storageOperations])(
      'leaves $name to be done by the same request again, once',
      { timeout },
      async (operation, { annotate }) => {
        const { outside, close } = await open();
        const { calls } = await trial(outside(), operation, undefined);
        await annotate(`${calls.length} calls of ports, a death before and after each`);
        expect(calls.length).toBeGreaterThanOrEqual(operation.least);
        expect(calls).toEqual(expect.arrayContaining([...operation.passing]));
        for (const [index, call] of calls.entries())
          for (const when of ['before', 'after'] as const) {
            const doom: Doom = { call: index + 1, when };
            const { dead, calls: made } = await trial(outside(), operation, doom);
            expect([doom, dead]).toEqual([doom, when === 'before' || call !== ENDLESS]);
            if (dead) expect(made).toEqual(calls.slice(0, made.length));
          }
        await close();
      },
    );
  });
