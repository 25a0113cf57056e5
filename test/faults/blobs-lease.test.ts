import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/domain/shared/time.js';
import {
  type BlobsRig,
  blobsRig,
  contentOf,
  key,
  MAX,
  newBucket,
  put,
  putOk,
  text,
} from '../contract/ports/object-store.rig.js';

let rig: BlobsRig;
let bucket: string;
beforeEach(async () => {
  rig = await blobsRig();
  bucket = await newBucket(rig.objects);
  return rig.close;
});
const writerIds = async (): Promise<string[]> => rig.database.db('blob_writers').orderBy('id').pluck('id');

describe('a writer and its lease', () => {
  /** A body that waits in the middle until it is let go. */
  const held = () => {
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const body = async function* () {
      yield text('first half, ');
      await waiting;
      yield text('second half');
    };
    return { body: body(), release };
  };

  it('cannot commit once another process has fenced it, and begins anew when it renews', async () => {
    const { etag } = await putOk(rig.objects, bucket, 'k', 'old');
    const { body, release } = held();
    const uploading = rig.objects.put(bucket, key('k'), body, { maxBytes: MAX });
    const fenced = await writerIds();
    rig.clock.advance(MINUTE + 1);
    (await rig.another().sweepDeadWriters())._unsafeUnwrap();
    release();
    expect((await uploading)._unsafeUnwrapErr().kind).toBe('unavailable');
    expect((await put(rig.objects, bucket, 'k', 'new'))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(await rig.files()).toEqual({ objects: [etag], tmp: [] });
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('old');
    (await rig.renewWriter())._unsafeUnwrap();
    expect(await writerIds()).not.toEqual(fenced);
    await putOk(rig.objects, bucket, 'k', 'new');
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('new');
  });

  it('keeps its lease as long as it renews it', async () => {
    const { body, release } = held();
    const uploading = rig.objects.put(bucket, key('k'), body, { maxBytes: MAX });
    for (let n = 0; n < 10; n += 1) {
      rig.clock.advance(MINUTE - 1);
      (await rig.renewWriter())._unsafeUnwrap();
      (await rig.another().sweepDeadWriters())._unsafeUnwrap();
    }
    release();
    expect((await uploading).isOk()).toBe(true);
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('first half, second half');
  });

  it('does not fence itself after its host was asleep', async () => {
    rig.clock.advance(HOUR);
    (await rig.sweepDeadWriters())._unsafeUnwrap();
    expect((await put(rig.objects, bucket, 'k', 'x')).isOk()).toBe(true);
  });

  it('leaves neither row nor directory when it stops, and refuses what was under way', async () => {
    const { body, release } = held();
    const uploading = rig.objects.put(bucket, key('k'), body, { maxBytes: MAX });
    (await rig.stopWriter())._unsafeUnwrap();
    release();
    expect((await uploading)._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(await writerIds()).toEqual([]);
    expect(await readdir(join(rig.directory, 'tmp'))).toEqual([]);
    expect((await rig.files()).objects).toEqual([]);
  });

  /** Keeps every new row of the bucket waiting, and with it the commit of a put. */
  const stuckCommit = async (name: string) => {
    const lock = await rig.database.db.transaction();
    await lock('blob_buckets').where({ name: bucket }).forUpdate();
    const putting = put(rig.objects, bucket, name, 'x');
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    for (;;) {
      const { rows } = await rig.database.db.raw(waiting);
      if (rows.length > 0) return { lock, putting, pid: rows[0].pid as number };
    }
  };

  it('is not fenced in the middle of a commit', async () => {
    const { lock, putting } = await stuckCommit('k');
    rig.clock.advance(MINUTE + 1);
    (await rig.another().sweepDeadWriters())._unsafeUnwrap();
    await lock.commit();
    expect((await putting).isOk()).toBe(true);
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('x');
  });

  it('keeps the file of a put whose commit was never answered until nothing can commit it any more', async () => {
    const { lock, putting, pid } = await stuckCommit('k');
    await rig.database.db.raw('select pg_terminate_backend(?)', [pid]);
    expect((await putting)._unsafeUnwrapErr().kind).toBe('unavailable');
    await lock.commit();
    rig.clock.advance(HOUR);
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(0);
    expect((await rig.files()).objects).toHaveLength(1);
    rig.clock.advance(1);
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(1);
    expect(await rig.files()).toEqual({ objects: [], tmp: [] });
  });
});
