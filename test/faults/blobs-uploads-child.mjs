// Writes objects in parts until it is killed and says what it does: `begin KEY N` before an upload, `part KEY N` after
// each of its parts, `done KEY N` after its completion.
import { uuidv7 } from 'uuidv7';
import { blobObjects } from '../../dist/adapters/blobs/blob-objects.js';
import { openDatabase } from '../../dist/adapters/knex/kit/database.js';
import { systemClock } from '../../dist/adapters/system/clock.js';

const [url, directory, bucket, run] = process.argv.slice(2);
const db = openDatabase({ url, poolSize: 8, name: 'tollhouse-fault' });
const ids = { next: uuidv7 };
const blobs = blobObjects({ db, directory, host: 'here', freeSpaceFloor: 0, clock: systemClock, ids });
(await blobs.startWriter())._unsafeUnwrap();

const say = (word, key, n) => process.stdout.write(`${word} ${key} ${n}\n`);
async function* partOf(key, n, number) {
  yield Buffer.alloc(500 + n * 300, `${key} ${n} ${number} `);
}

/** What object `key` holds after its n-th upload is told by the name alone, so that the parent can compare. */
const write = async (key, n) => {
  say('begin', key, n);
  const { id } = (await blobs.uploads.begin(bucket, key, {}))._unsafeUnwrap();
  const put = async (number) => {
    const part = await blobs.uploads.putPart(bucket, key, id, number, partOf(key, n, number), {
      maxBytes: 1e9,
    });
    say('part', key, n);
    return part._unsafeUnwrap();
  };
  const parts = [];
  for (let number = 1; number <= 1 + (n % 12); number += 1) parts.push(await put(number));
  // A part put again, and one that is not named at the end.
  if (n % 4 === 1) parts[0] = await put(1);
  if (n % 4 === 2) await put(99);
  (await blobs.uploads.complete(bucket, key, id, parts, { maxBytes: 1e9 }))._unsafeUnwrap();
  say('done', key, n);
};
const slot = async (name) => {
  for (let n = 0; ; n += 1) {
    await write(`${run}/${name}/current`, n);
    await write(`${run}/${name}/${n}`, n);
  }
};
await Promise.all(Array.from({ length: 12 }, (_, n) => slot(`slot-${n}`)));
