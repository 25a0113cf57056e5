// Writes blobs until it is killed and says what it does: `begin KEY N` before a put, `done KEY N` after its Ok.
import { uuidv7 } from 'uuidv7';
import { blobObjects } from '../../dist/adapters/blobs/blob-objects.js';
import { openDatabase } from '../../dist/adapters/knex/kit/database.js';
import { systemClock } from '../../dist/adapters/system/clock.js';

const [url, directory, bucket, run] = process.argv.slice(2);
const db = openDatabase({ url, poolSize: 8, name: 'tollhouse-fault' });
const ids = { next: uuidv7 };
const blobs = blobObjects({ db, directory, host: 'here', freeSpaceFloor: 0, clock: systemClock, ids });
(await blobs.startWriter())._unsafeUnwrap();

/** What object `key` holds after its n-th put: told by the name alone, so that the parent can compare. */
async function* contentOf(key, n) {
  for (let piece = 0; piece <= n % 5; piece += 1) yield Buffer.alloc(1 + n * 700, `${key} ${n} `);
}

const say = (word, key, n) => process.stdout.write(`${word} ${key} ${n}\n`);
const write = async (key, n) => {
  say('begin', key, n);
  (await blobs.objects.put(bucket, key, contentOf(key, n), { maxBytes: 1e9 }))._unsafeUnwrap();
  say('done', key, n);
};
/** Each slot overwrites one object again and again, and makes a new one in between. */
const slot = async (name) => {
  for (let n = 0; ; n += 1) {
    await write(`${run}/${name}/current`, n);
    await write(`${run}/${name}/${n}`, n);
  }
};
await Promise.all(Array.from({ length: 16 }, (_, n) => slot(`slot-${n}`)));
