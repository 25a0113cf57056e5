import { randomFillSync } from 'node:crypto';
import { type UUID, V7Generator } from 'uuidv7';
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

const DIGITS = Buffer.from('0123456789abcdef');
const scratch = Buffer.from('00000000-0000-0000-0000-000000000000');

/** The text in one piece. That of the library is put together of 36, and is kept in memory as such: a kilobyte. */
const textOf = ({ bytes }: UUID): string => {
  let place = 0;
  for (let n = 0; n < bytes.length; n += 1) {
    if (n === 4 || n === 6 || n === 8 || n === 10) place += 1;
    const byte = bytes[n] ?? 0;
    scratch[place++] = DIGITS[byte >>> 4] ?? 0;
    scratch[place++] = DIGITS[byte & 15] ?? 0;
  }
  return scratch.toString('latin1');
};

export const systemIds: Ids = { next: () => textOf(generator.generate()) };
