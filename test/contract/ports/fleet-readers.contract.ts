import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../../src/domain/fleet/gateway.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { newId } from '../../support/accounts.js';
import { pagesOf } from '../../support/pages.js';
import { SECRET } from '../../support/storage.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const GONE = { status: 'terminating', phase: 'deleted' } as const;
const byId = <T extends { readonly id: string }>(things: readonly T[]): readonly T[] =>
  [...things].sort((a, b) => (a.id < b.id ? -1 : 1));
const inTwos = <T>([a, b, c, d]: readonly T[]) =>
  [
    [a, b],
    [c, d],
  ].map((page) => page.filter(Boolean));

export const fleetReadersContract = (name: string, open: () => Promise<FleetRig>) =>
  describe(`FleetReaders: ${name}`, () => {
    let rig: FleetRig;
    let given: ReturnType<typeof fleetOf>;
    beforeAll(async () => {
      rig = await open();
      given = fleetOf(rig);
    });
    const fileSystems = async (account: AccountId, n: number): Promise<readonly FileSystem[]> => {
      const made: FileSystem[] = [];
      for (let i = 0; i < n; i += 1) made.push(await given.fileSystem(account));
      return made;
    };
    const bury = (fileSystem: FileSystem) =>
      value(rig.fleet.run((tx) => tx.fileSystems.save({ ...fileSystem, ...GONE })));

    it('pages the file systems of an account by id, without secrets, tombstones and those of others', async () => {
      const [mine, other] = [await given.account(), await given.account()];
      const [first, ...rest] = await fileSystems(mine, 5);
      await bury(first!);
      await fileSystems(other, 1);
      const pages = await pagesOf((page) => rig.fleetReaders.fileSystemsOf(mine, page), 2);
      expect(pages).toEqual(inTwos(byId(rest)));
      expect(JSON.stringify(pages)).not.toContain(SECRET);
      expect(await pagesOf((page) => rig.fleetReaders.fileSystemsOf(mine, page), 10)).toEqual([byId(rest)]);
    });

    it('pages the file systems of every account by id, without tombstones', async () => {
      const [mine, other] = [await given.account(), await given.account()];
      const made = [...(await fileSystems(mine, 2)), ...(await fileSystems(other, 2))];
      const gone = await bury(made[0]!);
      const read = (await pagesOf((page) => rig.fleetReaders.allFileSystems(page), 2)).flat();
      expect(read).toEqual(byId(read));
      expect(read).toEqual(expect.arrayContaining(made.slice(1)));
      expect(read.map(({ id }) => id)).not.toContain(gone.id);
      expect(JSON.stringify(read)).not.toContain(SECRET);
    });

    it('finds the tombstone of a file system in its own account, and nothing that lives', async () => {
      const [mine, other] = [await given.account(), await given.account()];
      const [living, dead] = await fileSystems(mine, 2);
      const gone = await bury(dead!);
      expect(await rig.fleetReaders.buriedFileSystem(mine, gone.id)).toEqual(ok(gone));
      for (const [account, id] of [
        [other, gone.id],
        [mine, living!.id],
        [mine, newId()],
      ] as const)
        expect(await rig.fleetReaders.buriedFileSystem(account, id)).toEqual(err(NOT_FOUND));
    });

    it('pages the gateways of an account by id, without tombstones and those of others', async () => {
      const [mine, other] = [await given.account(), await given.account()];
      const made: Gateway[] = [];
      for (let i = 0; i < 5; i += 1) made.push(await given.gateway(mine));
      await value(rig.fleet.run((tx) => tx.gateways.save({ ...made[2]!, ...GONE })));
      await given.gateway(other);
      const living = byId(made.filter((_, i) => i !== 2));
      expect(await pagesOf((page) => rig.fleetReaders.gatewaysOf(mine, page), 2)).toEqual(inTwos(living));
    });

    it('finds gateways by their tokens, of every account and tombstones too', async () => {
      const [mine, other] = [await given.account(), await given.account()];
      const tokens = [newId(), newId(), newId()];
      const living = await given.gateway(mine, { provisionToken: tokens[0] });
      const dead = await given.gateway(other, { provisionToken: tokens[1] });
      const buried = await value(rig.fleet.run((tx) => tx.gateways.save({ ...dead, ...GONE })));
      await given.gateway(mine, { provisionToken: tokens[2] });
      await given.gateway(mine);
      const found = await value(rig.fleetReaders.gatewaysByToken([tokens[0]!, newId(), tokens[1]!]));
      expect(byId(found)).toEqual(byId([living, buried]));
      expect(await rig.fleetReaders.gatewaysByToken([])).toEqual(ok([]));
    });

    it('finds gateways at rest on one host that have an instance with another token, and so many at most', async () => {
      const account = await given.account();
      const hostId = newId();
      const here = { provider: 'local', status: 'running', phase: 'ready', ref: 'a-ref', hostId } as const;
      const at = async (over: Partial<Gateway>) =>
        given.gateway(account, { ...here, provisionToken: newId(), ...over });
      const known = await at({});
      const ready = await at({});
      const others = [await at({ phase: 'degraded' }), await at({ status: 'stopped', phase: 'stopped' })];
      await at({ hostId: newId() });
      await at({ hostId: undefined });
      await at({ provider: 'aws' });
      await at({ ref: undefined, status: 'pending', phase: 'provisioning' });
      await at({ status: 'scaling', phase: 'booting' });
      await at({ status: 'failed', phase: 'failed' });
      await at(GONE);
      const listed = [known.provisionToken ?? '', newId()];
      const without = (limit: number, tokens = listed) =>
        value(rig.fleetReaders.gatewaysWithout({ provider: 'local', hostId }, tokens, limit));
      expect(byId(await without(10))).toEqual(byId([ready, ...others]));
      expect(byId(await without(10, []))).toEqual(byId([known, ready, ...others]));
      expect(await without(2)).toHaveLength(2);
      const nobodys = await at({ provider: 'gcp', hostId: undefined });
      expect(await value(rig.fleetReaders.gatewaysWithout({ provider: 'gcp' }, [], 10))).toContainEqual(
        nobodys,
      );
    });

    it('finds no gateway by a token that it has given up', async () => {
      const provisionToken = newId();
      const gateway = await given.gateway(await given.account(), { provisionToken });
      const replaced = { ...gateway, provisionToken: newId() };
      const saved = await value(rig.fleet.run((tx) => tx.gateways.save(replaced)));
      expect(await rig.fleetReaders.gatewaysByToken([provisionToken])).toEqual(ok([]));
      expect(await rig.fleetReaders.gatewaysByToken([replaced.provisionToken])).toEqual(ok([saved]));
    });
  });
