import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ClaimedEvent, InboundEvents } from '../../../src/ports/billing/inbound-events.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import { AT, newId } from '../../support/accounts.js';
import { value } from './accounts.rig.js';

const CONNECTION = 'platform' as ConnectionRef;
const OTHER = 'another' as ConnectionRef;
const LEASE = MINUTE;
const EXPIRED = plus(AT, LEASE);
const DONE = ok({ kind: 'done' });
const lost = (id: string) => err({ kind: 'lease_lost', id });

export const inboundEventsContract = (name: string, open: () => Promise<InboundEvents>) =>
  describe(`InboundEvents: ${name}`, () => {
    let events: InboundEvents;
    beforeAll(async () => {
      events = await open();
    });
    const claim = (id: string, at: Instant = AT, connection = CONNECTION, door = 'training-pipes') =>
      events.claim({ connection, id, type: 'invoice.paid', door }, at, plus(at, LEASE));
    const claimed = (eventId: string, epoch: number, connection = CONNECTION) =>
      ok({ kind: 'claimed', claim: { connection, eventId, epoch } });
    const held = async (id: string, at?: Instant): Promise<ClaimedEvent> => {
      const answer = await value(claim(id, at));
      if (answer.kind !== 'claimed') throw new Error(`${id} is ${answer.kind}`);
      return answer.claim;
    };
    const event = () => `evt_${newId()}`;

    it('gives an event to the first who comes, and tells others who has it and until when', async () => {
      const id = event();
      expect(await claim(id)).toEqual(claimed(id, 1));
      expect(await claim(id, plus(EXPIRED, -1))).toEqual(ok({ kind: 'held', until: EXPIRED }));
    });

    it('takes an event once, whichever door it comes through', async () => {
      const id = event();
      const mine = await held(id);
      expect(await claim(id, AT, CONNECTION, 'datilio')).toEqual(ok({ kind: 'held', until: EXPIRED }));
      expect(await events.close(mine, plus(AT, 1))).toEqual(ok(undefined));
      expect(await claim(id, plus(AT, 2), CONNECTION, 'datilio')).toEqual(DONE);
      expect(await claim(id, plus(EXPIRED, LEASE))).toEqual(DONE);
    });

    it('keeps events of two connections apart, even under one id', async () => {
      const id = event();
      await value(events.close(await held(id), AT));
      expect(await claim(id, AT, OTHER)).toEqual(claimed(id, 1, OTHER));
      expect(await claim(id)).toEqual(DONE);
    });

    it('takes over a lease that has run out, and fences who had it', async () => {
      const id = event();
      const former = await held(id);
      expect(await claim(id, EXPIRED)).toEqual(claimed(id, 2));
      expect(await events.close(former, EXPIRED)).toEqual(lost(id));
      expect(await events.release(former)).toEqual(ok(undefined));
      const until = plus(EXPIRED, LEASE);
      expect(await claim(id, EXPIRED)).toEqual(ok({ kind: 'held', until }));
      expect(await events.close({ ...former, epoch: 2 }, EXPIRED)).toEqual(ok(undefined));
      expect(await claim(id, until)).toEqual(DONE);
    });

    it('lets the holder close it after the lease ran out, as long as nobody else has it', async () => {
      const id = event();
      const mine = await held(id);
      expect(await events.close(mine, plus(EXPIRED, LEASE))).toEqual(ok(undefined));
      expect(await claim(id, plus(EXPIRED, LEASE))).toEqual(DONE);
    });

    it('gives one that was handed back to the next who comes, at once', async () => {
      const id = event();
      const former = await held(id);
      expect(await events.release(former)).toEqual(ok(undefined));
      expect(await events.close(former, AT)).toEqual(lost(id));
      expect(await claim(id)).toEqual(claimed(id, 2));
      expect(await events.release(former)).toEqual(ok(undefined));
      expect(await claim(id)).toEqual(ok({ kind: 'held', until: EXPIRED }));
    });

    it('closes nothing twice, and reopens nothing that is done', async () => {
      const id = event();
      const mine = await held(id);
      await value(events.close(mine, AT));
      expect(await events.close(mine, AT)).toEqual(lost(id));
      expect(await events.release(mine)).toEqual(ok(undefined));
      expect(await claim(id, EXPIRED)).toEqual(DONE);
      const never = { ...mine, eventId: event() };
      expect(await events.close(never, AT)).toEqual(lost(never.eventId));
      expect(await events.release(never)).toEqual(ok(undefined));
    });

    it('gives an event to one of many who come at the same moment, new or run out', async () => {
      const id = event();
      for (const [epoch, at] of [
        [1, AT],
        [2, EXPIRED],
      ] as const) {
        const answers = await Promise.all(Array.from({ length: 6 }, () => claim(id, at)));
        const kinds = answers.map((answer) => answer._unsafeUnwrap().kind).sort();
        expect(kinds).toEqual(['claimed', ...Array(5).fill('held')]);
        expect(answers).toContainEqual(claimed(id, epoch));
      }
    });
  });
