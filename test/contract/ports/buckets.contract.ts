import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { advance, type Bucket, type BucketAction } from '../../../src/domain/storage/bucket.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { aBucket, SECRET } from '../../support/storage.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const NAME_TAKEN = err({ kind: 'bucket_name_taken' });
const stale = (id: string) => err({ kind: 'stale_version', id });

export const bucketsContract = (name: string, open: () => Promise<AccountsRig>) => {
  let rig: AccountsRig;
  let account: AccountId;
  let other: AccountId;
  beforeAll(async () => {
    rig = await open();
    account = (await settling(rig).owner()).account.id;
    other = (await settling(rig).owner()).account.id;
  });

  const get = (of: AccountId, id: string) => rig.storage.run((tx) => tx.buckets.get(of, id));
  const add = (bucket: Bucket) => rig.storage.run((tx) => tx.buckets.add(bucket, SECRET));
  const save = (bucket: Bucket) => rig.storage.run((tx) => tx.buckets.save(bucket));
  const retire = (bucket: Bucket) => rig.storage.run((tx) => tx.buckets.retire(bucket));
  const added = async (over: Partial<Bucket> = {}, of = account): Promise<Bucket> => {
    const bucket = aBucket(of, over);
    await value(add(bucket));
    return bucket;
  };
  const through = async (bucket: Bucket, ...actions: readonly BucketAction[]): Promise<Bucket> => {
    let now = bucket;
    for (const action of actions) {
      const next = advance(now, action, LATER)._unsafeUnwrap();
      now = await value(action === 'delete' ? retire(next) : save(next));
    }
    return now;
  };

  describe(`Buckets: ${name}`, () => {
    it('reads back a bucket as added, and its state as saved', async () => {
      const bucket = await added();
      expect(await get(account, bucket.id)).toEqual(ok(bucket));
      const active = await through(bucket, 'activate');
      expect(active).toEqual({ ...bucket, status: 'active', updatedAt: LATER, version: 2 });
      expect(await get(account, bucket.id)).toEqual(ok(active));
      expect(await get(account, newId())).toEqual(err(NOT_FOUND));
    });

    it('does not find, save or list a bucket from another account', async () => {
      const bucket = await added();
      expect(await get(other, bucket.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...bucket, accountId: other })).toEqual(stale(bucket.id));
      expect(await rig.buckets.bucket(other, bucket.id)).toEqual(err(NOT_FOUND));
      const theirs = await value(rig.buckets.bucketsOf(other, { size: 1_000 }));
      expect(theirs.items.map(({ id }) => id)).not.toContain(bucket.id);
      expect(await get(account, bucket.id)).toEqual(ok(bucket));
    });

    it('finds a bucket while it is being deleted, and its tombstone never', async () => {
      const deleting = await through(await added(), 'delete');
      expect(await get(account, deleting.id)).toEqual(ok(deleting));
      expect(await rig.buckets.bucket(account, deleting.id)).toEqual(
        ok({ bucket: deleting, secret: SECRET }),
      );
      const deleted = await through(deleting, 'bury');
      expect(deleted.status).toBe('deleted');
      expect(await get(account, deleted.id)).toEqual(err(NOT_FOUND));
      expect(await rig.buckets.bucket(account, deleted.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...deleted, status: 'active' })).toEqual(stale(deleted.id));
    });

    it('retires a bucket of the version that was read, in its own account only', async () => {
      const bucket = await added();
      expect(await retire({ ...bucket, accountId: other })).toEqual(stale(bucket.id));
      expect(await retire({ ...bucket, version: 2 })).toEqual(stale(bucket.id));
      const retired = { ...bucket, status: 'deleting', version: 2, updatedAt: LATER } as const;
      expect(await retire({ ...bucket, updatedAt: LATER })).toEqual(ok(retired));
      expect(await get(account, bucket.id)).toEqual(ok(retired));
      expect(await retire(bucket)).toEqual(stale(bucket.id));
    });

    it('has a name once in an account, and again in another one', async () => {
      const bucket = await added({ name: 'photos' });
      expect(await add(aBucket(account, { name: 'photos' }))).toEqual(NAME_TAKEN);
      expect(await get(account, bucket.id)).toEqual(ok(bucket));
      expect(await add(aBucket(other, { name: 'photos' }))).toEqual(ok(undefined));
    });

    it('frees a name with the tombstone, not before', async () => {
      const bucket = await added({ name: 'reused' });
      const again = () => add(aBucket(account, { name: 'reused' }));
      const deleting = await through(bucket, 'delete');
      expect(await again()).toEqual(NAME_TAKEN);
      await through(deleting, 'bury');
      expect(await again()).toEqual(ok(undefined));
      expect(await again()).toEqual(NAME_TAKEN);
    });

    it('frees a name when the unit that took it answers Err', async () => {
      const bucket = aBucket(account, { name: 'undone' });
      const undone = await rig.storage.run((tx) =>
        tx.buckets.add(bucket, SECRET).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await get(account, bucket.id)).toEqual(err(NOT_FOUND));
      expect(await add(bucket)).toEqual(ok(undefined));
    });

    it('lets a unit that met a taken name go on', async () => {
      await added({ name: 'taken' });
      const bucket = aBucket(account);
      const result = await rig.storage.run((tx) =>
        tx.buckets
          .add(aBucket(account, { name: 'taken' }), SECRET)
          .orElse(() => tx.buckets.add(bucket, SECRET)),
      );
      expect(result).toEqual(ok(undefined));
      expect(await get(account, bucket.id)).toEqual(ok(bucket));
    });

    it('gives a name to one of two who want it at the same moment', async () => {
      const met = meeting(2);
      const create = () =>
        rig.storage.run((tx) =>
          met().andThen(() => tx.buckets.add(aBucket(account, { name: 'contested' }), SECRET)),
        );
      expect(await outcomes([create(), create()])).toEqual(['bucket_name_taken', 'ok']);
    });

    it('lets one of two who save the same version win', async () => {
      const bucket = await added();
      const met = meeting(2);
      const change = (status: Bucket['status']) =>
        rig.storage.run((tx) =>
          tx.buckets
            .get(account, bucket.id)
            .andThen(() => met())
            .andThen(() => tx.buckets.save({ ...bucket, status })),
        );
      expect(await outcomes([change('active'), change('deleting')])).toEqual(['ok', 'stale_version']);
      expect((await value(get(account, bucket.id))).version).toBe(2);
    });

    it('hands out copies, so a caller cannot edit the store', async () => {
      const bucket = await added();
      Object.assign(await value(get(account, bucket.id)), { name: 'edited' });
      expect(await get(account, bucket.id)).toEqual(ok(bucket));
    });
  });

  describe(`StorageReaders: ${name}`, () => {
    it('reads a bucket with its sealed secret, also after it was saved', async () => {
      const bucket = await added();
      expect(await rig.buckets.bucket(account, bucket.id)).toEqual(ok({ bucket, secret: SECRET }));
      const active = await through(bucket, 'activate');
      expect(await rig.buckets.bucket(account, bucket.id)).toEqual(ok({ bucket: active, secret: SECRET }));
      expect(await rig.buckets.bucket(account, newId())).toEqual(err(NOT_FOUND));
    });

    it('finds a bucket by its access key until it, or its account, is deleted', async () => {
      const { account: mine } = await settling(rig).owner();
      const [bucket, buried] = [await added({}, mine.id), await added({}, mine.id)];
      const find = ({ accessKeyId }: Bucket) => rig.buckets.bucketByAccessKey(accessKeyId);
      expect(await find(bucket)).toEqual(ok({ bucket, secret: SECRET }));
      expect(await rig.buckets.bucketByAccessKey(bucket.accessKeyId.toLowerCase())).toEqual(err(NOT_FOUND));
      const leaving = await through(buried, 'delete');
      expect(await find(buried)).toEqual(ok({ bucket: leaving, secret: SECRET }));
      await through(leaving, 'bury');
      expect(await find(buried)).toEqual(err(NOT_FOUND));
      await settling(rig).deleted(mine);
      expect(await find(bucket)).toEqual(err(NOT_FOUND));
    });

    it('pages an account’s buckets by id, without tombstones', async () => {
      const { account: mine } = await settling(rig).owner();
      const [first, second, third, fourth] = Array.from({ length: 4 }, newId);
      const c = await added({ id: third! }, mine.id);
      const a = await added({ id: first! }, mine.id);
      const buried = await added({ id: second! }, mine.id);
      const d = await added({ id: fourth! }, mine.id);
      await through(buried, 'delete', 'bury');
      const read = (size: number) => pagesOf((page) => rig.buckets.bucketsOf(mine.id, page), size);
      expect(await read(2)).toEqual([[a, c], [d]]);
      expect(await read(3)).toEqual([[a, c, d]]);
    });
  });
};
