import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { plus } from '../../../src/domain/shared/time.js';
import type { DomainEvent } from '../../../src/ports/shared/events.js';
import type { NewJob } from '../../../src/ports/shared/jobs.js';
import { AT, newId, type SharedRig } from './shared.rig.js';

const event = (accountId: AccountId, seq = 1, stream = newId()): DomainEvent => ({
  stream,
  seq,
  type: 'bucket.created',
  accountId,
  data: { name: 'häuser', size: 3, tags: ['a', { b: null }] },
  at: AT,
});
const delivery = (kind: string): NewJob => ({ id: newId(), kind, payload: {}, runAt: AT });

export const eventsContract = (name: string, open: () => Promise<SharedRig>) =>
  describe(`Events and Audit: ${name}`, () => {
    let rig: SharedRig;
    let account: AccountId;
    beforeAll(async () => {
      rig = await open();
      account = await rig.newAccount();
    });
    const due = async (kind: string) =>
      (await rig.jobs.claim([kind], 10, AT, plus(AT, 1)))._unsafeUnwrap().map((job) => job.id);
    const record = (action: string, accountId = account) =>
      rig.units.run((tx) =>
        tx.audit.record({
          accountId,
          actor: { kind: 'user', id: newId() },
          action,
          target: newId(),
          requestId: 'request',
          at: AT,
          data: { role: 'owner' },
        }),
      );

    it('keeps each stream as it was written', async () => {
      const first = event(account);
      const second = event(account, 2, first.stream);
      const appended = await rig.units.run((tx) =>
        tx.events.append(first).andThen(() => tx.events.append(second)),
      );
      expect(appended).toEqual(ok(undefined));
      expect(await rig.events(first.stream)).toEqual([first, second]);
    });

    it('puts a job in each delivery’s place together with the event', async () => {
      const kind = newId();
      const deliveries = [delivery(kind), delivery(kind)];
      const appended = await rig.units.run((tx) => tx.events.append(event(account), ...deliveries));
      expect(appended).toEqual(ok(undefined));
      expect(await due(kind)).toEqual(deliveries.map((job) => job.id));
    });

    it('writes neither event nor delivery nor audit entry when the unit answers Err', async () => {
      const [kind, told, lonely] = [newId(), event(account), await rig.newAccount()];
      const result = await rig.units.run((tx) =>
        tx.events
          .append(told, delivery(kind))
          .andThen(() =>
            tx.audit.record({
              accountId: lonely,
              actor: { kind: 'system' },
              action: 'undone',
              target: 'nothing',
              requestId: 'request',
              at: AT,
            }),
          )
          .andThen(() => errAsync('changed my mind')),
      );
      expect(result).toEqual(err('changed my mind'));
      expect(await rig.events(told.stream)).toEqual([]);
      expect(await due(kind)).toEqual([]);
      expect(await rig.auditedActions(lonely)).toEqual([]);
    });

    it('takes each place of a stream once: a second writer is a defect', async () => {
      const told = event(account);
      const append = () => rig.units.run((tx) => tx.events.append(told));
      expect(await append()).toEqual(ok(undefined));
      await expect(Promise.resolve(append())).rejects.toThrow(/written already/);
      expect(await rig.events(told.stream)).toEqual([told]);
    });

    it('records who did what, in order', async () => {
      const watched = await rig.newAccount();
      for (const action of ['project.create', 'project.rename', 'project.delete']) {
        expect(await record(action, watched)).toEqual(ok(undefined));
      }
      expect(await rig.auditedActions(watched)).toEqual([
        'project.create',
        'project.rename',
        'project.delete',
      ]);
    });
  });
