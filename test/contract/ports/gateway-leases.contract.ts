import { err, errAsync, ok } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Gateway, GatewayProvider } from '../../../src/domain/fleet/gateway.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import type { ClaimedGateway } from '../../../src/ports/fleet/unit-of-work.js';
import { AT, newId } from '../../support/accounts.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const LEASE = 30 * SECOND;
const LATER = plus(AT, LEASE);
const lost = ({ gateway }: ClaimedGateway) => err({ kind: 'lease_lost', id: gateway.id });

export const gatewayLeasesContract = (name: string, open: () => Promise<FleetRig>) =>
  describe(`GatewayLeases: ${name}`, () => {
    let rig: FleetRig;
    let account: AccountId;
    let given: ReturnType<typeof fleetOf>;
    // A claim takes what is due wherever it is, so every test has gateways of its own.
    beforeEach(async () => {
      rig = await open();
      given = fleetOf(rig);
      account = await given.account();
    });

    type Asked = { limit?: number; hostId?: string; providers?: readonly GatewayProvider[] };
    const claim = (at: Instant = AT, { limit = 10, hostId = 'host-1', providers = ['local'] }: Asked = {}) =>
      value(rig.leases.claim({ hostId, providers }, limit, at, plus(at, LEASE)));
    const claimOne = async (at: Instant = AT): Promise<ClaimedGateway> => {
      const [claimed, ...rest] = await claim(at);
      expect(rest).toEqual([]);
      if (claimed === undefined) throw new Error('nothing to claim');
      return claimed;
    };
    const wake = (id: string, at: Instant) => value(rig.fleet.run((tx) => tx.gateways.wake(id, at)));
    const fence = ({ gateway, epoch }: ClaimedGateway) =>
      rig.fleet.run((tx) => tx.gateways.fence(gateway.id, epoch));
    const release = (claimed: ClaimedGateway, dueAt: Instant, attempts = 0) =>
      rig.leases.release(claimed, dueAt, attempts);
    const ids = (claimed: readonly ClaimedGateway[]) => claimed.map(({ gateway }) => gateway.id);

    it('hands a gateway out as it is, in its first epoch', async () => {
      const gateway = await given.gateway(account, { provisionToken: newId(), reason: 'slow' });
      expect(await claim()).toEqual([{ gateway, epoch: 1, attempts: 0 }]);
    });

    it('gives what is due, longest due first, no more than asked for', async () => {
      const second = await given.gateway(account);
      const first = await given.gateway(account, {}, plus(AT, -1));
      const third = await given.gateway(account);
      const early = await given.gateway(account, {}, plus(AT, 1));
      expect(ids(await claim(AT, { limit: 2 }))).toEqual([first.id, second.id]);
      expect(ids(await claim())).toEqual([third.id]);
      expect(ids(await claim(plus(AT, 1)))).toEqual([early.id]);
    });

    it('gives the longest due of hosts and providers together', async () => {
      const dueBefore = async (ms: number, over: Partial<Gateway>) =>
        (await given.gateway(account, over, plus(AT, -ms))).id;
      const free = await dueBefore(2, {});
      const own = await dueBefore(3, { hostId: 'host-1' });
      const aws = await dueBefore(1, { provider: 'aws' });
      const asked = { limit: 2, providers: ['aws', 'local'] } as const;
      expect(ids(await claim(AT, asked))).toEqual([own, free]);
      expect(ids(await claim(AT, asked))).toEqual([aws]);
    });

    it('gives a gateway with a host to that host alone, and one without to whoever has its provider', async () => {
      const own = await given.gateway(account, { hostId: 'host-1' }, plus(AT, -1));
      const free = await given.gateway(account);
      const cloud = await given.gateway(account, { provider: 'aws' });
      expect(ids(await claim(AT, { hostId: 'host-2', providers: ['gcp'] }))).toEqual([]);
      expect(ids(await claim(AT, { hostId: 'host-2', providers: ['aws'] }))).toEqual([cloud.id]);
      expect(ids(await claim(AT, { hostId: 'host-2', providers: [] }))).toEqual([]);
      const [held] = await claim(AT, { hostId: 'host-2' });
      expect(held?.gateway).toEqual(free);
      const placed = { ...free, hostId: 'host-2' };
      await value(rig.fleet.run((tx) => tx.gateways.save(placed)));
      await value(release(held!, AT));
      expect(ids(await claim())).toEqual([own.id]);
      expect(ids(await claim(AT, { hostId: 'host-2' }))).toEqual([free.id]);
    });

    it('gives tombstones to nobody, but lets their holder hand them back', async () => {
      const gateway = await given.gateway(account);
      const held = await claimOne();
      const gone = { ...gateway, status: 'terminating', phase: 'deleted' } as const;
      await value(rig.fleet.run((tx) => tx.gateways.save(gone)));
      expect(await release(held, AT)).toEqual(ok(undefined));
      expect(await claim(plus(AT, MINUTE))).toEqual([]);
    });

    it('never gives one to two who claim at the same moment', async () => {
      const made: string[] = [];
      for (let i = 0; i < 12; i += 1) made.push((await given.gateway(account)).id);
      const taken: string[] = [];
      for (let round = 0; round < 10 && taken.length < made.length; round += 1) {
        const batches = await Promise.all(
          [1, 2, 3, 4].map((n) => claim(AT, { limit: 3, hostId: `host-${n}` })),
        );
        taken.push(...batches.flatMap(ids));
      }
      expect([...taken].sort()).toEqual([...made].sort());
    });

    it('gives what is held to nobody until the lease runs out, and then to the next epoch', async () => {
      const gateway = await given.gateway(account);
      const former = await claimOne();
      expect(await claim(plus(LATER, -1))).toEqual([]);
      expect(await claim(LATER)).toEqual([{ gateway, epoch: 2, attempts: 0 }]);
      expect(await fence(former)).toEqual(lost(former));
      expect(await release(former, LATER)).toEqual(lost(former));
      expect(await claim(LATER)).toEqual([]);
    });

    it('lets the holder go on after the lease ran out, as long as nobody else has it', async () => {
      await given.gateway(account);
      const held = await claimOne();
      expect(await fence(held)).toEqual(ok(undefined));
      expect(await release(held, plus(LATER, MINUTE))).toEqual(ok(undefined));
      expect(await claim(plus(LATER, MINUTE - 1))).toEqual([]);
    });

    it('lets nobody go on who handed it back, or never had it', async () => {
      const gateway = await given.gateway(account);
      const never = { gateway, epoch: 0, attempts: 0 };
      expect(await fence(never)).toEqual(lost(never));
      expect(await release(never, AT)).toEqual(lost(never));
      const held = await claimOne();
      await value(release(held, LATER));
      expect(await fence(held)).toEqual(lost(held));
      expect(await release(held, LATER)).toEqual(lost(held));
    });

    it('keeps failures in a row and when the instance was seen over leases', async () => {
      const gateway = await given.gateway(account);
      await value(rig.leases.release(await claimOne(), AT, 3, plus(AT, -1)));
      const again = await claimOne();
      expect(again).toEqual({ gateway, epoch: 2, attempts: 3, seenAt: plus(AT, -1) });
      await value(release(again, AT, 4));
      const third = await claimOne();
      expect(third).toEqual({ gateway, epoch: 3, attempts: 4, seenAt: plus(AT, -1) });
      await value(rig.leases.release(third, AT, 0, AT));
      expect(await claim()).toEqual([{ gateway, epoch: 4, attempts: 0, seenAt: AT }]);
    });

    it('is due when it was said to be, and earlier only when somebody wakes it', async () => {
      const gateway = await given.gateway(account);
      await value(release(await claimOne(), LATER, 5));
      await wake(gateway.id, plus(LATER, MINUTE));
      expect(await claim(plus(LATER, -1))).toEqual([]);
      await wake(gateway.id, plus(AT, SECOND));
      expect(await claim(AT)).toEqual([]);
      expect(await claim(plus(AT, SECOND))).toEqual([{ gateway, epoch: 2, attempts: 0 }]);
    });

    it('forgets failures when somebody wakes it', async () => {
      const gateway = await given.gateway(account);
      await value(release(await claimOne(), AT, 5));
      await wake(gateway.id, AT);
      expect(await claim()).toEqual([{ gateway, epoch: 2, attempts: 0 }]);
    });

    it('is due at once, without failures, when somebody woke it while it was held', async () => {
      const gateway = await given.gateway(account);
      const held = await claimOne();
      await wake(gateway.id, plus(AT, SECOND));
      expect(await claim(plus(AT, SECOND))).toEqual([]);
      await value(release(held, plus(AT, MINUTE), 7));
      expect(await claim(AT)).toEqual([]);
      const again = await claimOne(plus(AT, SECOND));
      expect(again).toEqual({ gateway, epoch: 2, attempts: 0 });
      await value(release(again, plus(AT, MINUTE), 1));
      expect(await claim(LATER)).toEqual([]);
    });

    it('sleeps on when the unit that woke it answers Err', async () => {
      const gateway = await given.gateway(account, {}, LATER);
      const undone = await rig.fleet.run((tx) =>
        tx.gateways.wake(gateway.id, AT).andThen(() => errAsync('no')),
      );
      expect(undone).toEqual(err('no'));
      expect(await claim()).toEqual([]);
      expect(await rig.fleet.run((tx) => tx.gateways.wake(newId(), AT))).toEqual(ok(undefined));
    });

    it('does not change the gateway’s version, nor does its version change the lease', async () => {
      const gateway = await given.gateway(account);
      const held = await claimOne();
      await wake(gateway.id, AT);
      const saved = await value(rig.fleet.run((tx) => tx.gateways.save({ ...gateway, desired: 'stopped' })));
      expect(saved.version).toBe(2);
      expect(await fence(held)).toEqual(ok(undefined));
      await value(release(held, LATER));
      expect(await claim()).toEqual([{ gateway: saved, epoch: 2, attempts: 0 }]);
    });
  });
