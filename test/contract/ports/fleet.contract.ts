import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../../src/domain/fleet/gateway.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import type { QuotaFeature } from '../../../src/ports/shared/shared-tx.js';
import { AT, newId } from '../../support/accounts.js';
import { aFileSystem } from '../../support/fleet.js';
import { meeting } from '../../support/meeting.js';
import { SECRET } from '../../support/storage.js';
import { outcomes, shared, value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const LATER = plus(AT, MINUTE);
const GONE = { status: 'terminating', phase: 'deleted' } as const;
const stale = (id: string) => err({ kind: 'stale_version', id });

export const fleetContract = (name: string, open: () => Promise<FleetRig>) => {
  let rig: FleetRig;
  let given: ReturnType<typeof fleetOf>;
  let account: AccountId;
  let other: AccountId;
  beforeAll(async () => {
    rig = await open();
    given = fleetOf(rig);
    [account, other] = [await given.account(), await given.account()];
  });

  describe(`FileSystems: ${name}`, () => {
    const get = (of: AccountId, id: string) => rig.fleet.run((tx) => tx.fileSystems.get(of, id));
    const save = (fileSystem: FileSystem) => rig.fleet.run((tx) => tx.fileSystems.save(fileSystem));

    it('reads back a file system as added, whatever it has and has not', async () => {
      const gateway = await given.gateway(account);
      const sides: readonly Partial<FileSystem>[] = [
        {},
        {
          source: { kind: 'connection', id: newId() },
          preload: true,
          desired: 'stopped',
          status: 'running',
          phase: 'degraded',
          reason: 'the store says no',
          gatewayId: gateway.id,
          flushesAsked: 3,
          flushesDone: 2,
          updatedAt: LATER,
          served: { webdav: { url: 'https://one.example.com/', username: 'files' } },
        },
        { served: { nfs: { server: '10.0.0.1', port: 2049, path: '/files' } } },
        { served: {} },
      ];
      for (const over of sides) {
        const fileSystem = await given.fileSystem(account, over);
        expect(await get(account, fileSystem.id)).toEqual(ok(fileSystem));
        expect(await rig.fleetReaders.fileSystem(account, fileSystem.id)).toEqual(
          ok({ fileSystem, secret: SECRET }),
        );
      }
      expect(await get(account, newId())).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.fileSystem(account, newId())).toEqual(err(NOT_FOUND));
    });

    it('gives what is served in the order in which it was written, so that readings compare as texts', async () => {
      const served = {
        webdav: { url: 'https://one.example.com/', username: 'files' },
        nfs: { server: '10.0.0.1', port: 2049, path: '/files' },
      };
      const { id } = await given.fileSystem(account, { served });
      expect(JSON.stringify((await value(get(account, id))).served)).toBe(JSON.stringify(served));
    });

    it('saves what has changed, takes away what is no more, and leaves the secret', async () => {
      const gateway = await given.gateway(account);
      const fileSystem = await given.fileSystem(account, {
        status: 'running',
        phase: 'degraded',
        reason: 'slow',
        gatewayId: gateway.id,
        served: { webdav: { url: 'https://one.example.com/', username: 'files' } },
      });
      const rest = { reason: undefined, gatewayId: undefined, served: undefined };
      const changed = {
        ...fileSystem,
        ...rest,
        status: 'stopped',
        phase: 'detached',
        updatedAt: LATER,
      } as const;
      const saved = { ...changed, desired: 'stopped', flushesAsked: 1, version: 2 } as const;
      expect(await save({ ...saved, version: 1 })).toEqual(ok(saved));
      expect(await get(account, saved.id)).toEqual(ok(saved));
      expect(await rig.fleetReaders.fileSystem(account, saved.id)).toEqual(
        ok({ fileSystem: saved, secret: SECRET }),
      );
    });

    it('does not find or save a file system from another account', async () => {
      const fileSystem = await given.fileSystem(account);
      expect(await get(other, fileSystem.id)).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.fileSystem(other, fileSystem.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...fileSystem, accountId: other })).toEqual(stale(fileSystem.id));
      expect(await get(account, fileSystem.id)).toEqual(ok(fileSystem));
    });

    it('never finds, saves or lists a tombstone', async () => {
      const gateway = await given.gateway(account);
      const fileSystem = await given.fileSystem(account, { gatewayId: gateway.id });
      const buried = await value(save({ ...fileSystem, ...GONE }));
      expect(buried.phase).toBe('deleted');
      expect(await get(account, buried.id)).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.fileSystem(account, buried.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...buried, phase: 'healthy' })).toEqual(stale(buried.id));
      expect(await rig.fleet.run((tx) => tx.fileSystems.on(account, gateway.id))).toEqual(ok([]));
    });

    it('lists those on a gateway, oldest first', async () => {
      const [gateway, another] = [await given.gateway(account), await given.gateway(account)];
      const on = (of: AccountId) => rig.fleet.run((tx) => tx.fileSystems.on(of, gateway.id));
      const second = await given.fileSystem(account, { gatewayId: gateway.id, createdAt: LATER });
      const first = await given.fileSystem(account, { gatewayId: gateway.id });
      await given.fileSystem(account, { gatewayId: another.id });
      await given.fileSystem(account);
      expect(await on(account)).toEqual(ok([first, second]));
      expect(await on(other)).toEqual(ok([]));
    });

    it('lets one of two who save the same version win', async () => {
      const fileSystem = await given.fileSystem(account);
      const met = meeting(2);
      const wish = (desired: FileSystem['desired']) =>
        rig.fleet.run((tx) =>
          tx.fileSystems
            .get(account, fileSystem.id)
            .andThen(() => met())
            .andThen(() => tx.fileSystems.save({ ...fileSystem, desired })),
        );
      expect(await outcomes([wish('running'), wish('stopped')])).toEqual(['ok', 'stale_version']);
      expect((await value(get(account, fileSystem.id))).version).toBe(2);
    });

    it('hands out copies, so a caller cannot edit the store', async () => {
      const fileSystem = await given.fileSystem(account, { served: { webdav: { url: 'u', username: 'n' } } });
      Object.assign((await value(get(account, fileSystem.id))).served?.webdav ?? {}, { url: 'edited' });
      expect(await get(account, fileSystem.id)).toEqual(ok(fileSystem));
    });
  });

  describe(`Gateways: ${name}`, () => {
    const get = (of: AccountId, id: string) => rig.fleet.run((tx) => tx.gateways.get(of, id));
    const save = (gateway: Gateway) => rig.fleet.run((tx) => tx.gateways.save(gateway));
    const placed = { provisionToken: newId(), ref: 'i-1', hostId: 'host-1', reason: 'slow' };

    it('reads back a gateway as added and as saved, whatever it has and has not', async () => {
      const bare = await given.gateway(account, { provider: 'aws', auto: false });
      const full = { ...bare, ...placed, status: 'running', phase: 'degraded', updatedAt: LATER } as const;
      expect(await get(account, bare.id)).toEqual(ok(bare));
      expect(await save(full)).toEqual(ok({ ...full, version: 2 }));
      expect(await rig.fleetReaders.gateway(account, bare.id)).toEqual(ok({ ...full, version: 2 }));
      expect(await save({ ...bare, version: 2 })).toEqual(ok({ ...bare, version: 3 }));
      expect(await get(account, bare.id)).toEqual(ok({ ...bare, version: 3 }));
      expect(await get(account, newId())).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.gateway(account, newId())).toEqual(err(NOT_FOUND));
    });

    it('does not find or save a gateway from another account, nor a tombstone', async () => {
      const gateway = await given.gateway(account);
      expect(await get(other, gateway.id)).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.gateway(other, gateway.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...gateway, accountId: other })).toEqual(stale(gateway.id));
      const buried = await value(save({ ...gateway, ...GONE }));
      expect(await get(account, gateway.id)).toEqual(err(NOT_FOUND));
      expect(await rig.fleetReaders.gateway(account, gateway.id)).toEqual(err(NOT_FOUND));
      expect(await save(buried)).toEqual(stale(gateway.id));
    });

    it('refuses a version that is not the latest', async () => {
      const gateway = await given.gateway(account);
      await value(save({ ...gateway, desired: 'stopped' }));
      expect(await save(gateway)).toEqual(stale(gateway.id));
    });
  });

  describe(`FleetUnitOfWork: ${name}`, () => {
    it.each(['file_systems', 'gateways'] as const)('takes and gives back %s of a quota', async (feature) => {
      const mine = await given.account();
      const take = (n: number) =>
        rig.fleet.run((tx) => tx.quota.take(mine, feature satisfies QuotaFeature, n, AT));
      const limit = shared.quotas[feature];
      expect(await take(limit)).toEqual(ok(undefined));
      expect((await take(1))._unsafeUnwrapErr()).toMatchObject({
        kind: 'quota_exceeded',
        decision: { feature, limit: BigInt(limit) },
      });
      await value(rig.fleet.run((tx) => tx.quota.release(mine, feature, 1)));
      expect(await take(1)).toEqual(ok(undefined));
    });

    it('leaves no trace of a unit that answers Err', async () => {
      const fileSystem = aFileSystem(account);
      const undone = await rig.fleet.run((tx) =>
        tx.fileSystems.add(fileSystem, SECRET).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await rig.fleetReaders.fileSystem(account, fileSystem.id)).toEqual(err(NOT_FOUND));
    });
  });
};
