import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SECOND } from '../../src/domain/shared/time.js';
import type { Bytes } from '../../src/ports/storage/object-store.js';
import {
  type BlobsRig,
  blobsRig,
  contentOf,
  key,
  MAX,
  newBucket,
  put,
  putOk,
} from '../contract/ports/object-store.rig.js';

const MIB = 1024 * 1024;

const mountSmallDisk = async (): Promise<string | undefined> => {
  const directory = await mkdtemp(join(tmpdir(), 'tollhouse-small-disk-'));
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    await rm(directory, { recursive: true });
    console.warn('SKIPPED: a disk of 8 MiB could not be mounted (needs root), so ENOSPC was not tried');
    return undefined;
  }
};

const disk = await mountSmallDisk();
let rig: BlobsRig;
let bucket: string;
beforeAll(async () => {
  if (!disk) return;
  rig = await blobsRig(disk);
  bucket = await newBucket(rig.objects);
});
afterAll(async () => {
  if (!disk) return;
  (await rig.stopWriter())._unsafeUnwrap();
  await rig.database.close();
  execFileSync('/bin/umount', ['-l', disk]);
  await rm(disk, { recursive: true });
});

async function* endless(): Bytes {
  for (;;) {
    rig.clock.advance(SECOND);
    yield new Uint8Array(MIB / 4);
  }
}

it.skipIf(!disk)(
  'says store_full when the disk fills up, leaves nothing of the put and goes on',
  async () => {
    const { etag } = await putOk(rig.objects, bucket, 'k', 'old');
    const full = await rig.objects.put(bucket, key('k'), endless(), { maxBytes: MAX });
    expect(full._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
    expect(await rig.files()).toEqual({ objects: [etag], tmp: [] });
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('old');
    await putOk(rig.objects, bucket, 'k', new Uint8Array(4 * MIB));
  },
);

it.skipIf(!disk)('stops at the floor, announced or met on the way, before the disk is full', async () => {
  const careful = rig.another({ freeSpaceFloor: 2 * MIB });
  (await careful.startWriter())._unsafeUnwrap();
  const announced = await put(careful.objects, bucket, 'more', new Uint8Array(3 * MIB));
  expect(announced._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
  let sent = 0;
  const counted = async function* () {
    for await (const chunk of endless()) {
      sent += chunk.byteLength;
      yield chunk;
    }
  };
  const met = await careful.objects.put(bucket, key('more'), counted(), { maxBytes: MAX });
  expect(met._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
  expect(sent).toBeLessThan(3 * MIB);
  (await careful.stopWriter())._unsafeUnwrap();
});
