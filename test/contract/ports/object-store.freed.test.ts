import { afterAll } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/storage/object-store.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { freedContract } from './object-store.freed.contract.js';
import { type BlobsRig, blobsRig } from './object-store.rig.js';

freedContract('memory', async () => memoryStore({ clock: systemClock, ids: systemIds }), 100);

let rig: BlobsRig;
freedContract(
  'blobs, in files',
  async () => {
    rig = await blobsRig();
    return rig;
  },
  15,
);
let small: ReturnType<BlobsRig['another']>;
freedContract(
  'blobs, small ones in rows',
  async () => {
    small = rig.another({ smallBelow: 4_096 });
    (await small.startWriter())._unsafeUnwrap();
    return small;
  },
  15,
);
afterAll(() => rig.close());
