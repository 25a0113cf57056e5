import { err, errAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { IntervalStart } from '../../../src/ports/fleet/unit-of-work.js';
import { AT, newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { outcomes, value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const minute = (n: number): Instant => plus(AT, n * MINUTE);
const anInterval = (accountId: AccountId, over: Partial<IntervalStart> = {}): IntervalStart => ({
  fileSystemId: newId(),
  accountId,
  label: 'local/local.standard',
  microsPerHour: 70_000n,
  currency: 'usd',
  startedAt: AT,
  ...over,
});

export const intervalsContract = (name: string, launch: () => Promise<FleetRig>) =>
  describe(`Intervals: ${name}`, () => {
    let rig: FleetRig;
    let account: AccountId;
    beforeAll(async () => {
      rig = await launch();
      account = await fleetOf(rig).account();
    });
    const open = (start: IntervalStart) => value(rig.fleet.run((tx) => tx.intervals.open(start)));
    const close = (id: string, at: Instant) => value(rig.fleet.run((tx) => tx.intervals.close(id, at)));

    it('begins and ends when it is told to, at the price it began with', async () => {
      const start = anInterval(account, { microsPerHour: 9_007_199_254_740_993n });
      await open(start);
      expect(await rig.intervals(start.fileSystemId)).toEqual([start]);
      await close(start.fileSystemId, minute(5));
      expect(await rig.intervals(start.fileSystemId)).toEqual([{ ...start, endedAt: minute(5) }]);
    });

    it('stays as it is when it is opened again, whatever it is told', async () => {
      const start = anInterval(account);
      await open(start);
      await open(start);
      await open({ ...start, startedAt: minute(5), microsPerHour: 1n, label: 'another' });
      expect(await rig.intervals(start.fileSystemId)).toEqual([start]);
    });

    it('opens once when two units open it at the same moment', async () => {
      const start = anInterval(account);
      const met = meeting(2);
      const meet = () => rig.fleet.run((tx) => met().andThen(() => tx.intervals.open(start)));
      expect(await outcomes([meet(), meet()])).toEqual(['ok', 'ok']);
      expect(await rig.intervals(start.fileSystemId)).toEqual([start]);
    });

    it('never ends before it began', async () => {
      const start = anInterval(account);
      await open(start);
      await close(start.fileSystemId, plus(AT, -1));
      expect(await rig.intervals(start.fileSystemId)).toEqual([{ ...start, endedAt: AT }]);
    });

    it('ends once: who closes it again, or one that was never open, changes nothing', async () => {
      const start = anInterval(account);
      await open(start);
      await close(start.fileSystemId, minute(5));
      await close(start.fileSystemId, minute(9));
      await close(newId(), minute(9));
      expect(await rig.intervals(start.fileSystemId)).toEqual([{ ...start, endedAt: minute(5) }]);
    });

    it('is another one when the file system runs again, at the price of then', async () => {
      const first = anInterval(account);
      await open(first);
      await close(first.fileSystemId, minute(5));
      const second = { ...first, startedAt: minute(7), microsPerHour: 90_000n };
      await open(second);
      expect(await rig.intervals(first.fileSystemId)).toEqual([{ ...first, endedAt: minute(5) }, second]);
      await close(first.fileSystemId, minute(8));
      expect(await rig.intervals(first.fileSystemId)).toEqual([
        { ...first, endedAt: minute(5) },
        { ...second, endedAt: minute(8) },
      ]);
    });

    it('begins where the last one ended at the earliest, so that no time counts twice', async () => {
      const first = anInterval(account);
      await open(first);
      await close(first.fileSystemId, minute(5));
      await open({ ...first, startedAt: minute(3) });
      expect(await rig.intervals(first.fileSystemId)).toEqual([
        { ...first, endedAt: minute(5) },
        { ...first, startedAt: minute(5) },
      ]);
    });

    it('is open for each file system by itself', async () => {
      const [one, another] = [anInterval(account), anInterval(account)];
      await open(one);
      await open(another);
      await close(one.fileSystemId, minute(1));
      expect(await rig.intervals(one.fileSystemId)).toEqual([{ ...one, endedAt: minute(1) }]);
      expect(await rig.intervals(another.fileSystemId)).toEqual([another]);
    });

    it('did not begin when the unit answers Err', async () => {
      const start = anInterval(account);
      const undone = await rig.fleet.run((tx) => tx.intervals.open(start).andThen(() => errAsync('no')));
      expect(undone).toEqual(err('no'));
      expect(await rig.intervals(start.fileSystemId)).toEqual([]);
      await open(start);
      expect(await rig.intervals(start.fileSystemId)).toEqual([start]);
    });
  });
