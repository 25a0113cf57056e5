import { describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import { rebind, type TestApp } from '../../support/app.js';
import { clientOf, join, person, type World, world } from '../../support/client.js';
import { type HeardEvent, listen } from '../../support/event-stream.js';
import { type FleetClient, fleetOf, settle } from './fleet.rig.js';
import { type Open, onStage } from './rig.js';

const idsOf = (events: readonly HeardEvent[]): number[] => events.map(({ id }) => Number(id));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Longer than two looks of the shared feed. */
const A_WHILE = 600;

/** The events of a file system, as those who follow it hear them. */
export const fileSystemEventsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let here: World;
  let fleet: FleetClient;
  onStage(open, answered, (started, call, staged) => {
    [app, here] = [started, staged];
    fleet = fleetOf(call, staged);
  });
  const follow = (id: string, lastEventId?: string, token = here.member.token) =>
    listen(app, `/v1/file-systems/${id}/events`, {
      token,
      ...(lastEventId !== undefined && { lastEventId }),
    });
  const running = async (): Promise<string> => {
    const id = await fleet.made();
    await settle(app);
    return id;
  };
  /** All that was told of it so far. */
  const told = async (id: string) =>
    (await app.container.get(ports.eventFeed).since([{ stream: id, after: 0 }]))._unsafeUnwrap();
  const elsewhere = async (options: Parameters<Open>[0]) => {
    const other = await open(options);
    const call = clientOf(other);
    const there = await world(other, call);
    const leave = async () => {
      expect(other.complaints).toEqual([]);
      for (const line of other.answered) answered.add(line);
      await other.close();
    };
    return { other, call, there, fleet: fleetOf(call, there), leave };
  };

  describe('a stream of events', () => {
    it('begins with how the file system stands, and goes on with what happens', async () => {
      const id = await fleet.made();
      const stream = await follow(id);
      expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      const [snapshot] = await stream.next(1);
      expect(snapshot).toEqual({
        id: '1',
        event: 'status',
        data: { status: 'pending', desired_status: 'running', phase: 'queued' },
      });
      await settle(app);
      const events = await told(id);
      const heard = await stream.next(events.length - 1);
      expect(idsOf(heard)).toEqual(events.slice(1).map(({ seq }) => seq));
      expect(heard.at(-1)).toMatchObject({ event: 'status', data: { status: 'running', phase: 'healthy' } });
      await stream.leave();
    });

    it('has an event for every version, so that none can be missed', async () => {
      const id = await running();
      await fleet.want(id, 'stopped');
      await settle(app);
      const seqs = (await told(id)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_seq, i) => i + 1));
    });

    it('tells those who come back what they missed, in order, and nothing else', async () => {
      const id = await running();
      const first = await follow(id);
      const [snapshot] = await first.next(1);
      await first.leave();
      await fleet.want(id, 'stopped');
      await settle(app);
      const missed = (await told(id)).filter(({ seq }) => seq > Number(snapshot?.id));
      expect(missed.length).toBeGreaterThan(2);
      const again = await follow(id, snapshot?.id);
      const heard = await again.next(missed.length);
      expect(heard.map(({ id: seq, data }) => [Number(seq), data])).toEqual(
        missed.map(({ seq, data }) => [seq, data]),
      );
      await fleet.want(id, 'running');
      const [live] = await again.next(1);
      expect([Number(live?.id), live?.data]).toEqual([
        Number(heard.at(-1)?.id) + 1,
        { status: 'pending', desired_status: 'running', phase: 'queued' },
      ]);
      await again.leave();
    });

    it('tells those who have all of it nothing until something happens', async () => {
      const id = await running();
      const last = (await told(id)).at(-1)?.seq ?? 0;
      const stream = await follow(id, String(last));
      await pause(A_WHILE);
      expect(stream.heard()).toEqual([]);
      await fleet.want(id, 'stopped');
      expect(idsOf(await stream.next(1))).toEqual([last + 1]);
      await stream.leave();
    });

    it('tells those whose last event is not known how things stand', async () => {
      const id = await running();
      const last = (await told(id)).at(-1)?.seq ?? 0;
      const tooFar = '9'.repeat(20);
      for (const unknown of [String(last + 1), '0', '-1', '1.5', tooFar, 'garbage', 'é']) {
        const stream = await follow(id, unknown);
        const [snapshot] = await stream.next(1);
        expect([unknown, snapshot]).toEqual([
          unknown,
          { id: String(last), event: 'status', data: expect.objectContaining({ status: 'running' }) },
        ]);
        await stream.leave();
      }
    });

    it('does not replay what has a gap', async () => {
      const stage = await elsewhere({
        override: (container) => {
          const feed = container.get(ports.eventFeed);
          const pruned = (seq: number) => seq <= 3;
          rebind(container, ports.eventFeed, {
            since: (positions) => feed.since(positions).map((all) => all.filter(({ seq }) => !pruned(seq))),
          });
        },
      });
      const id = await stage.fleet.made();
      await settle(stage.other);
      await stage.fleet.want(id, 'stopped');
      await settle(stage.other);
      const { token } = stage.there.owner;
      const from = async (lastEventId: string) => {
        const stream = await listen(stage.other, `/v1/file-systems/${id}/events`, { token, lastEventId });
        const [first] = await stream.next(1);
        await stream.leave();
        return Number(first?.id);
      };
      const last = await from('garbage');
      expect(last).toBeGreaterThan(4);
      expect([await from('1'), await from('3')]).toEqual([last, 4]);
      await stage.leave();
    });

    it('tells when a flush is done', async () => {
      const id = await running();
      app.gateways.write(id, 2);
      const stream = await follow(id);
      await stream.next(1);
      await fleet.flush(id);
      await settle(app);
      const heard = await stream.next(2);
      expect(heard.map(({ event }) => event)).toEqual(['status', 'flush']);
      expect(heard.at(-1)?.data).toEqual({ flushes: 1 });
      expect(app.gateways.delivered(id)).toBe(2);
      await stream.leave();
    });

    it('ends after the file system is deleted, and then there is none', async () => {
      const id = await running();
      const stream = await follow(id);
      await stream.next(1);
      await fleet.remove(id);
      await settle(app);
      await stream.ended;
      const last = stream.heard().at(-1);
      expect([last?.event, last?.data.phase]).toEqual(['deleted', 'deleted']);
      expect((await follow(id)).status).toBe(404);
    });

    it('tells those of its end who come back after it, and then there is nothing more to tell', async () => {
      const id = await running();
      const first = await follow(id);
      const [snapshot] = await first.next(1);
      await first.leave();
      await fleet.remove(id);
      await settle(app);
      const missed = (await told(id)).filter(({ seq }) => seq > Number(snapshot?.id));
      const again = await follow(id, snapshot?.id);
      expect(again.status).toBe(200);
      await again.ended;
      expect(again.heard().map(({ id: seq, event, data }) => [Number(seq), event, data])).toEqual(
        missed.map(({ seq, type, data }) => [seq, type, data]),
      );
      const last = missed.at(-1)?.seq ?? 0;
      expect(missed.at(-1)?.type).toBe('deleted');
      for (const nothingMissed of [String(last), String(last + 1), 'garbage'])
        expect([nothingMissed, (await follow(id, nothingMissed)).status]).toEqual([nothingMissed, 404]);
      const { token } = await person(clientOf(app));
      expect((await follow(id, snapshot?.id, token)).status).toBe(404);
    });

    it('does not tell of the end of other things', async () => {
      const gateway = await fleet.madeGateway();
      await settle(app);
      expect((await follow(gateway, '1')).status).toBe(404);
      expect((await fleet.removeGateway(gateway)).status).toBe(204);
      await settle(app);
      expect((await follow(gateway, '1')).status).toBe(404);
    });
  });

  describe('whoever follows', () => {
    it('shares one look at the database with all others, and nobody looks while nobody follows', async () => {
      let looks: number[] = [];
      const stage = await elsewhere({
        override: (container) => {
          const feed = container.get(ports.eventFeed);
          rebind(container, ports.eventFeed, {
            since: (positions) => {
              looks.push(positions.length);
              return feed.since(positions);
            },
          });
        },
      });
      const ids = [await stage.fleet.made(), await stage.fleet.made(), await stage.fleet.made()];
      await settle(stage.other);
      expect(looks).toEqual([]);
      const { token } = stage.there.owner;
      const streams = await Promise.all(
        [...ids, ...ids].map((id) => listen(stage.other, `/v1/file-systems/${id}/events`, { token })),
      );
      for (const stream of streams) await stream.next(1);
      await pause(A_WHILE);
      looks = [];
      await pause(A_WHILE);
      expect(looks.length).toBeGreaterThan(0);
      expect(looks.length).toBeLessThanOrEqual(4);
      expect(new Set(looks)).toEqual(new Set([ids.length]));
      await stage.fleet.want(ids[0] ?? '', 'stopped');
      const [first, second, , sameAsFirst] = streams;
      expect(await first?.next(1)).toEqual(await sameAsFirst?.next(1));
      expect(second?.heard()).toEqual([]);
      for (const stream of streams) await stream.leave();
      await pause(A_WHILE);
      looks = [];
      await pause(A_WHILE);
      expect(looks).toEqual([]);
      await stage.leave();
    });

    it('hears a sign of life now and then, for as long as they may follow', async () => {
      const stage = await elsewhere({ timing: { heartbeatMs: 50 } });
      const { other, call, there } = stage;
      const id = await stage.fleet.made();
      const path = `/v1/file-systems/${id}/events`;
      const leaver = await join(other, call, there.projectId, there.owner, 'member');
      const [removed, signedOut, staying] = await Promise.all(
        [leaver, there.member, there.admin].map(({ token }) => listen(other, path, { token })),
      );
      for (const stream of [removed, signedOut, staying]) await stream?.comments(2);
      const { token } = there.owner;
      const members = (await call(`GET /v1/projects/${there.projectId}/memberships`, { token })).body.items;
      const membership = members.find((one: { user_id: string }) => one.user_id === leaver.id).id;
      const gone = await call(`DELETE /v1/projects/${there.projectId}/memberships/${membership}`, { token });
      expect(gone.status).toBe(204);
      await removed?.ended;
      expect((await call('POST /v1/auth/logout', { token: there.member.token })).status).toBe(204);
      await signedOut?.ended;
      await stage.fleet.want(id, 'stopped');
      expect((await staying?.next(2))?.map(({ data }) => data.desired_status)).toEqual([
        'running',
        'stopped',
      ]);
      expect([removed?.heard().length, signedOut?.heard().length]).toEqual([1, 1]);
      await staying?.leave();
      await stage.leave();
    });

    it('is told the end when the server stops', async () => {
      const stage = await elsewhere({});
      const id = await stage.fleet.made();
      const stream = await listen(stage.other, `/v1/file-systems/${id}/events`, {
        token: stage.there.owner.token,
      });
      await stream.next(1);
      await stage.leave();
      await stream.ended;
    });
  });
};
