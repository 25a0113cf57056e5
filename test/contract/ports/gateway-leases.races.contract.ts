import { errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FleetStatus } from '../../../src/domain/fleet/file-system.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import type { ClaimedGateway } from '../../../src/ports/fleet/unit-of-work.js';
import { AT } from '../../support/accounts.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const LEASE = 30 * SECOND;
const LATER = plus(AT, LEASE);

/** What a claim, a reconciler's unit and an owner's unit may do to one another at the same moment. */
export const gatewayLeasesRacesContract = (name: string, open: () => Promise<FleetRig>) =>
  describe(`GatewayLeases in races: ${name}`, () => {
    let rig: FleetRig;
    let account: AccountId;
    let given: ReturnType<typeof fleetOf>;
    beforeEach(async () => {
      rig = await open();
      given = fleetOf(rig);
      account = await given.account();
    });
    const claim = (at = AT) =>
      value(rig.leases.claim({ hostId: 'host-1', providers: ['local'] }, 10, at, plus(at, LEASE)));
    const once = (act: () => Promise<unknown>) => {
      let acted: Promise<unknown> | undefined;
      return () => {
        acted ??= act();
        return ResultAsync.fromSafePromise(acted);
      };
    };

    /** A reconciler's unit, in which something happens `between` its beginning and its fence. */
    const record = (
      { gateway, epoch }: ClaimedGateway,
      status: FleetStatus,
      between: () => ResultAsync<unknown, never>,
    ) =>
      rig.fleet.run((tx) =>
        tx.gateways
          .get(account, gateway.id)
          .andThen((current) => between().map(() => current))
          .andThen((current) => tx.gateways.fence(gateway.id, epoch).map(() => current))
          .andThen((current) => tx.gateways.save({ ...current, status })),
      );

    it('rejects the record of one whose lease went to another since the unit began', async () => {
      const gateway = await given.gateway(account);
      const [former] = await claim();
      const recorded = await record(
        former!,
        'running',
        once(() => claim(LATER)),
      );
      expect(recorded._unsafeUnwrapErr()).toEqual({ kind: 'lease_lost', id: gateway.id });
      expect(await rig.fleetReaders.gateway(account, gateway.id)).toEqual(ok(gateway));
    });

    it('records on top of a wish that came since the unit began, and neither is lost', async () => {
      const gateway = await given.gateway(account);
      const [held] = await claim();
      const wish = once(() =>
        value(
          rig.fleet.run((tx) =>
            tx.gateways
              .save({ ...gateway, desired: 'stopped' })
              .andThen(() => tx.gateways.wake(gateway.id, plus(AT, SECOND))),
          ),
        ),
      );
      const saved = await value(record(held!, 'running', wish));
      expect(saved).toMatchObject({ desired: 'stopped', status: 'running', version: 3 });
      await value(rig.leases.release(held!, plus(AT, MINUTE), 0));
      expect((await claim(plus(AT, SECOND))).map((each) => each.gateway)).toEqual([saved]);
    });

    it('claims nothing away from a unit that has passed its fence, whatever that writes', async () => {
      const gateway = await given.gateway(account);
      const fileSystem = await given.fileSystem(account, { gatewayId: gateway.id });
      const [former] = await claim();
      const claimed: ClaimedGateway[] = [];
      const claimMeanwhile = once(async () => claimed.push(...(await claim(LATER))));
      const recorded = await rig.fleet.run((tx) =>
        tx.gateways
          .fence(gateway.id, former!.epoch)
          .andThen(() => claimMeanwhile())
          .andThen(() => tx.fileSystems.save({ ...fileSystem, reason: 'recorded' })),
      );
      const winners = [...(recorded.isOk() ? ['record'] : []), ...claimed.map(() => 'claim')];
      expect(winners).toHaveLength(1);
      const standing = await value(rig.fleetReaders.fileSystem(account, fileSystem.id));
      expect(standing.fileSystem.reason).toBe(winners[0] === 'record' ? 'recorded' : undefined);
    });

    it('sees a wish whose unit was still open when the gateway was claimed', async () => {
      const gateway = await given.gateway(account);
      const claimed: ClaimedGateway[] = [];
      const claimMeanwhile = once(async () => claimed.push(...(await claim())));
      await value(
        rig.fleet.run((tx) =>
          tx.gateways
            .wake(gateway.id, plus(AT, SECOND))
            .andThen(() => claimMeanwhile())
            .andThen(() => okAsync(undefined)),
        ),
      );
      // Who claimed before the wish was there is told by the release; otherwise the next claim sees it.
      for (const held of claimed) await value(rig.leases.release(held, plus(AT, MINUTE), 0));
      expect(await claim(plus(AT, SECOND))).toHaveLength(1);
    });

    it('keeps what it had when a reconciler’s unit answers Err', async () => {
      const gateway = await given.gateway(account);
      const [held] = await claim();
      const undone = await rig.fleet.run((tx) =>
        tx.gateways
          .fence(gateway.id, held!.epoch)
          .andThen(() => tx.gateways.save({ ...gateway, status: 'running' }))
          .andThen(() => errAsync('no')),
      );
      expect(undone._unsafeUnwrapErr()).toBe('no');
      expect(await rig.fleetReaders.gateway(account, gateway.id)).toEqual(ok(gateway));
      expect(await rig.leases.release(held!, AT, 0)).toEqual(ok(undefined));
    });
  });
