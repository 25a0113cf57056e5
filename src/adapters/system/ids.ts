import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';
import type { Ids } from '../../ports/shared/ids.js';

const UINT32_BYTES = 4;

/** Random numbers by the page: to ask for a few bytes at a time takes longer than all else there is to an id. */
const random = () => {
  const page = Buffer.alloc(1_024 * UINT32_BYTES);
  let used = page.length;
  return {
    nextUint32: (): number => {
      if (used === page.length) {
        randomFillSync(page);
        used = 0;
      }
      used += UINT32_BYTES;
      return page.readUInt32LE(used - UINT32_BYTES);
    },
  };
};

const generator = new V7Generator(random());

export const systemIds: Ids = { next: () => generator.generate().toString() };
