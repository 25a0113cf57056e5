import { describe, expect, it } from 'vitest';
import type { Doom, Outside } from '../../support/crash.js';
import { accountOperations } from './accounts.operations.js';
import { billingOperations } from './billing.operations.js';
import { entitlementOperations } from './entitlements.operations.js';
import { fleetOperations } from './fleet.operations.js';
import { storageOperations } from './storage.operations.js';
import { type Next, type Operation, trial } from './trial.js';

/**
 * Calls that leave the world as it is: to die at one of them is to die after the call before it, or before the one
 * after it, and those are tried.
 */
const IDLE = /^(clock\.now|pause\.wait)$/;

type World = { readonly outside: () => Outside; readonly close: () => Promise<void> };

type Limits = {
  readonly timeout: number;
  /**
   * Calls of billing's and entitlements' operations that are passed over, where each of them has been died at in tests of the use cases
   * themselves.
   */
  readonly passedOver?: RegExp;
};
const TRIED_ALONE = [...billingOperations, ...entitlementOperations];

type Death = Doom & { readonly next: Next };

/**
 * Where an operation's process dies, and who comes next, in turn. To die before a call leaves the world that dying after
 * the one before it leaves.
 */
const deathsOf = (
  operation: Operation,
  calls: readonly string[],
  { passedOver }: Limits,
): readonly Death[] => {
  const isPassedOver = (call: string): boolean =>
    IDLE.test(call) || (TRIED_ALONE.includes(operation) && passedOver?.test(call) === true);
  return [...calls.entries()]
    .filter(([, call]) => !isPassedOver(call))
    .map(([index], n) => ({ call: index + 1, when: 'after', next: n % 2 === 0 ? 'jobs' : 'client' }));
};

/** All operations, in lots that take about as long. */
export const LOTS = {
  'accounts and storage': [...accountOperations, ...storageOperations],
  fleet: fleetOperations,
  'billing and entitlements': TRIED_ALONE,
} as const satisfies Record<string, readonly Operation[]>;
export type Lot = keyof typeof LOTS;

/** `open` gives each operation its world, or a way to a new one for each trial. */
export const crashContract = (name: string, lot: Lot, open: () => Promise<World>, limits: Limits) =>
  describe(`a process that dies at any call of a port, in ${lot} on ${name}`, () => {
    it.for<Operation>(LOTS[lot])(
      'leaves $name to be done by the same request again, once',
      { timeout: limits.timeout },
      async (operation, { annotate }) => {
        const { outside, close } = await open();
        const { calls } = await trial(outside(), operation, undefined);
        expect(calls.length).toBeGreaterThanOrEqual(operation.least);
        expect(calls).toEqual(expect.arrayContaining([...operation.passing]));
        const deaths = deathsOf(operation, calls, limits);
        await annotate(`${calls.length} calls of ports, ${deaths.length} deaths`);
        for (const death of deaths) {
          const { dead, calls: made } = await trial(outside(), operation, death, death.next);
          expect([death, dead]).toEqual([death, true]);
          expect(made).toEqual(calls.slice(0, made.length));
        }
        await close();
      },
    );
  });
