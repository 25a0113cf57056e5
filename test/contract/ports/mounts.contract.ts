import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../../src/domain/fleet/file-system.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Bucket, lifecycle as ofBuckets } from '../../../src/domain/storage/bucket.js';
import { type Connection, lifecycle as ofConnections } from '../../../src/domain/storage/connection.js';
import { newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { aBucket, aConnection, SECRET } from '../../support/storage.js';
import { outcomes, value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const GONE = err({ kind: 'source_not_found' });
const nobody = (): ResultAsync<void, never> => okAsync(undefined);

/** A source of one kind, and what is done to it beside being mounted. */
type Given = {
  readonly source: Source;
  /** Takes it out of use for good, having met the others after its unit began. */
  readonly end: (met?: () => ResultAsync<void, never>) => ResultAsync<unknown, { readonly kind: string }>;
  readonly isThere: () => Promise<boolean>;
};

export const mountsContract = (name: string, open: () => Promise<FleetRig>) => {
  let rig: FleetRig;
  let account: AccountId;
  let other: AccountId;
  beforeAll(async () => {
    rig = await open();
    const given = fleetOf(rig);
    [account, other] = [await given.account(), await given.account()];
  });

  const aBucketThere = async (over: Partial<Bucket> = {}): Promise<Given> => {
    const bucket = aBucket(account, { status: 'active', ...over });
    await value(rig.storage.run((tx) => tx.buckets.add(bucket, SECRET)));
    return {
      source: { kind: 'bucket', id: bucket.id },
      end: (met = nobody) =>
        rig.storage.run((tx) =>
          tx.buckets
            .get(account, bucket.id)
            .andThen((current) => met().map(() => current))
            .andThen((current) => tx.buckets.retire(current)),
        ),
      isThere: async () => (await value(rig.buckets.bucket(account, bucket.id))).bucket.status === 'active',
    };
  };
  const aConnectionThere = async (over: Partial<Connection> = {}): Promise<Given> => {
    const connection = aConnection(account, { status: 'verified', ...over });
    await value(rig.storage.run((tx) => tx.connections.add(connection, SECRET)));
    return {
      source: { kind: 'connection', id: connection.id },
      end: (met = nobody) =>
        rig.storage.run((tx) =>
          tx.connections
            .get(account, connection.id)
            .andThen((current) => met().map(() => current))
            .andThen((current) => tx.connections.remove(current)),
        ),
      isThere: async () => (await rig.buckets.connection(account, connection.id)).isOk(),
    };
  };
  const mount = (source: Source, fileSystemId = newId(), of = account) =>
    rig.fleet.run((tx) => tx.mounts.mount(of, source, fileSystemId));
  const unmount = (source: Source, fileSystemId: string, of = account) =>
    rig.fleet.run((tx) => tx.mounts.unmount(of, source, fileSystemId));

  const kinds = [
    ['bucket', aBucketThere],
    ['connection', aConnectionThere],
  ] as const;

  describe.each(kinds)(`Mounts of a %s: ${name}`, (kind, there) => {
    const mounted = err({ kind: `${kind}_mounted` });

    it('keeps it from being deleted until the last file system has left', async () => {
      const { source, end, isThere } = await there();
      const [first, second] = [newId(), newId()];
      await value(mount(source, first));
      await value(mount(source, second));
      expect(await end()).toEqual(mounted);
      await value(unmount(source, first));
      expect(await end()).toEqual(mounted);
      expect(await isThere()).toBe(true);
      await value(unmount(source, second));
      expect((await end()).isOk()).toBe(true);
      expect(await isThere().catch(() => false)).toBe(false);
    });

    it('leaves once, however often it is told to, and only itself', async () => {
      const { source, end } = await there();
      const [first, second] = [newId(), newId()];
      await value(mount(source, first));
      await value(mount(source, second));
      for (const _ of [1, 2, 3]) expect(await unmount(source, first)).toEqual(ok(undefined));
      expect(await unmount(source, newId())).toEqual(ok(undefined));
      expect(await end()).toEqual(mounted);
    });

    it('is mounted once by a file system that mounts it twice', async () => {
      const { source, end } = await there();
      const fileSystem = newId();
      await value(mount(source, fileSystem));
      expect(await mount(source, fileSystem)).toEqual(ok(undefined));
      await value(unmount(source, fileSystem));
      expect((await end()).isOk()).toBe(true);
    });

    it('can neither be mounted nor left from another account, nor where there is none', async () => {
      const { source, end } = await there();
      const fileSystem = newId();
      expect(await mount(source, fileSystem, other)).toEqual(GONE);
      expect(await mount({ kind, id: newId() })).toEqual(GONE);
      const wrong = kind === 'bucket' ? 'connection' : 'bucket';
      expect(await mount({ kind: wrong, id: source.id })).toEqual(GONE);
      await value(mount(source, fileSystem));
      expect(await unmount(source, fileSystem, other)).toEqual(ok(undefined));
      expect(await end()).toEqual(mounted);
    });

    it('is not mounted by a unit that answers Err', async () => {
      const { source, end } = await there();
      const undone = await rig.fleet.run((tx) =>
        tx.mounts.mount(account, source, newId()).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect((await end()).isOk()).toBe(true);
    });

    it.each(['run', 'runAdding', 'run', 'runAdding', 'run', 'runAdding'] as const)(
      'is either mounted or deleted when both come at the same moment (%s)',
      async (run) => {
        const { source, end, isThere } = await there();
        const met = meeting(2);
        const taken = rig.fleet[run]((tx) =>
          tx.accounts
            .lockLive(account)
            .andThen(() => met())
            .andThen(() => tx.mounts.mount(account, source, newId())),
        );
        const ended = end(met);
        expect((await outcomes([taken, ended])).filter((outcome) => outcome === 'ok')).toHaveLength(1);
        expect(await isThere().catch(() => false)).toBe((await taken).isOk());
      },
    );

    it('is mounted by all who mount it at the same moment', async () => {
      const { source, end } = await there();
      const met = meeting(3);
      const fileSystems = [newId(), newId(), newId()];
      const units = fileSystems.map((id) =>
        rig.fleet.run((tx) => met().andThen(() => tx.mounts.mount(account, source, id))),
      );
      expect(await outcomes(units)).toEqual(['ok', 'ok', 'ok']);
      await value(unmount(source, fileSystems[0]!));
      await value(unmount(source, fileSystems[1]!));
      expect(await end()).toEqual(mounted);
    });
  });

  describe(`Mounts of what is in use: ${name}`, () => {
    const kindOf = (result: Awaited<ReturnType<typeof mount>>) => (result.isOk() ? 'ok' : result.error.kind);

    it.each(Object.keys(ofBuckets) as Bucket['status'][])(
      'takes a bucket that is %s as it should',
      async (status) => {
        const { source } = await aBucketThere({ status });
        const expected =
          { active: 'ok', deleted: 'source_not_found' }[status as string] ?? 'source_not_ready';
        expect(kindOf(await mount(source))).toBe(expected);
      },
    );

    it.each(Object.keys(ofConnections) as Connection['status'][])(
      'takes a connection that is %s unless that is invalid',
      async (status) => {
        const { source } = await aConnectionThere({ status });
        expect(kindOf(await mount(source))).toBe(status === 'invalid' ? 'source_not_ready' : 'ok');
      },
    );

    it('says what hinders it', async () => {
      const { source } = await aBucketThere({ status: 'pending' });
      expect(await mount(source)).toEqual(
        err({ kind: 'source_not_ready', reason: expect.stringMatching(/\bpending\b/) }),
      );
    });

    it('keeps a bucket’s version as it is, so that mounting disturbs nobody who changes it', async () => {
      const { source } = await aBucketThere();
      const read = () => value(rig.buckets.bucket(account, source.id));
      const before = await read();
      await value(mount(source));
      expect(await read()).toEqual(before);
    });
  });
};
