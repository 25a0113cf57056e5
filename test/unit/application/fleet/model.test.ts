import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Fault } from '../../../../src/adapters/memory/fleet/provider-faults.js';
import { SECOND } from '../../../../src/domain/shared/time.js';
import { allHolds, alwaysSound, deeds, faults, newModel, quiesce } from './model.js';
import { stage } from './rig.js';

const paces = fc.record({
  bootMs: fc.constantFrom(0, 0, 3 * SECOND, 70 * SECOND),
  stopMs: fc.constantFrom(0, 2 * SECOND),
  lagMs: fc.constantFrom(0, 0, 2 * SECOND, 60 * SECOND),
  writeBackMs: fc.constantFrom(SECOND, 60 * SECOND),
  drainMs: fc.constantFrom(0, 4 * SECOND),
});

describe('the fleet, whatever its owners do and whatever goes wrong', () => {
  it(
    'comes to what its owners wish, with one instance a gateway, every hour counted once',
    { timeout: 100_000 },
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(deeds, { minLength: 1, maxLength: 60, size: 'max' }),
          fc.array(faults, { minLength: 5, maxLength: 30, size: 'max' }),
          paces,
          async (run, luck, pace) => {
            let calls = 0;
            let over = false;
            const faultOf = (): Fault => {
              calls += 1;
              return over ? 'none' : (luck[calls % luck.length] ?? 'none');
            };
            const model = newModel();
            const real = await stage({ pace, faultOf });
            const processes = [real.app, real.process(), real.process()];
            for (const { deed } of run) {
              await deed(model, { stage: real, processes });
              await alwaysSound(model, real);
            }
            over = true;
            await quiesce({ stage: real, processes });
            await alwaysSound(model, real);
            await allHolds(model, real);
          },
        ),
        { numRuns: 100 },
      ),
  );
});
