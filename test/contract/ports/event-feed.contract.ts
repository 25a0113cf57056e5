import { ok, okAsync, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { plus } from '../../../src/domain/shared/time.js';
import type { DomainEvent } from '../../../src/ports/shared/events.js';
import type { Unavailable } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

export const eventFeedContract = (name: string, open: () => Promise<FleetRig>) =>
  describe(`EventFeed: ${name}`, () => {
    let rig: FleetRig;
    let account: AccountId;
    beforeAll(async () => {
      rig = await open();
      account = await fleetOf(rig).account();
    });
    const event = (stream: string, seq: number): DomainEvent => ({
      stream,
      seq,
      type: 'status',
      accountId: account,
      data: { status: 'running', seq },
      at: plus(AT, seq),
    });
    const append = async (events: readonly DomainEvent[]): Promise<readonly DomainEvent[]> => {
      await value(
        rig.fleet.run((tx) =>
          events.reduce<ResultAsync<void, Unavailable>>(
            (written, each) => written.andThen(() => tx.events.append(each)),
            okAsync(undefined),
          ),
        ),
      );
      return events;
    };
    const numbered = (stream: string, n: number, from = 1) =>
      Array.from({ length: n }, (_, i) => event(stream, from + i));
    const since = async (...positions: readonly (readonly [stream: string, after: number])[]) =>
      value(rig.feed.since(positions.map(([stream, after]) => ({ stream, after }))));
    const ofStream = (events: readonly DomainEvent[], stream: string) =>
      events.filter((each) => each.stream === stream);

    it('gives what has come since a position, as it was written, in order', async () => {
      const stream = newId();
      const [first, second, third] = await append(numbered(stream, 3));
      expect(await since([stream, 0])).toEqual([first, second, third]);
      expect(await since([stream, 1])).toEqual([second, third]);
      expect(await since([stream, 3])).toEqual([]);
      expect(await since([stream, 99])).toEqual([]);
    });

    it('gives each of several streams what is new to it, and nothing of any other', async () => {
      const [a, b, c] = [newId(), newId(), newId()];
      const [ofA, ofB] = [await append(numbered(a, 3)), await append(numbered(b, 2, 5))];
      await append(numbered(c, 1));
      const read = await since([b, 5], [a, 1], [newId(), 0]);
      expect(ofStream(read, a)).toEqual(ofA.slice(1));
      expect(ofStream(read, b)).toEqual(ofB.slice(1));
      expect(read).toHaveLength(3);
    });

    it('gives at most a hundred of a stream, and the rest to who asks again', async () => {
      const [long, short] = [newId(), newId()];
      const written = await append(numbered(long, 130));
      const [only] = await append(numbered(short, 1));
      const read = await since([long, 0], [short, 0]);
      expect(ofStream(read, long)).toEqual(written.slice(0, 100));
      expect(ofStream(read, short)).toEqual([only]);
      expect(await since([long, 100])).toEqual(written.slice(100));
    });

    it('gives nothing to who asks for nothing', async () => {
      expect(await rig.feed.since([])).toEqual(ok([]));
    });

    it('takes thousands of streams at once', async () => {
      const quiet = Array.from({ length: 3_000 }, () => [newId(), 0] as const);
      const stream = newId();
      const [told] = await append(numbered(stream, 1));
      expect(await since(...quiet.slice(0, 1_500), [stream, 0], ...quiet.slice(1_500))).toEqual([told]);
    });

    it('gives nothing of a unit before it has ended', async () => {
      const stream = newId();
      const seen: number[] = [];
      await value(
        rig.fleet.run((tx) =>
          tx.events
            .append(event(stream, 1))
            .andThen(() => rig.feed.since([{ stream, after: 0 }]))
            .map((events) => seen.push(events.length)),
        ),
      );
      expect(seen).toEqual([0]);
      expect(await since([stream, 0])).toHaveLength(1);
    });
  });
