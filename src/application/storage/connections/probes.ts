import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { SECOND } from '../../../domain/shared/time.js';
import type { Verdict } from '../../../domain/storage/connection.js';
import { type ObjectKey, type Prefix, prefix } from '../../../domain/storage/object-key.js';
import { textOf } from '../../../domain/storage/scrubbed.js';
import type { Pause } from '../../../ports/shared/pause.js';
import type { Bytes, StoredObject } from '../../../ports/storage/object-store.js';
import type { Objects } from '../objects-in.js';

export const PROBES = ['credentials', 'list', 'read', 'write', 'delete'] as const;
export type ProbeName = (typeof PROBES)[number];
/** `message` says why it is not ok, or what was left behind. */
export type Check = { readonly name: ProbeName; readonly ok: boolean; readonly message?: string | undefined };
export type Examination = { readonly verdict: Verdict; readonly checks: readonly Check[] };

/** `definite`: asked again, the store would say the same. `known`: it was the store itself that spoke. */
type Trouble = { readonly definite: boolean; readonly known: boolean; readonly message: string };
type Tried = Trouble | 'ok' | 'not tried';

const DEADLINE = 10 * SECOND;
const EVERYTHING: Prefix = prefix('')._unsafeUnwrap();
const CONTENT = new TextEncoder().encode('Tollhouse wrote this to see whether it may. It can be deleted.\n');

type Said = { readonly kind: string; readonly reason?: string; readonly cause?: unknown };
const troubleOf = (said: Said): Trouble => {
  if (said.kind === 'store_denied')
    return { definite: true, known: false, message: `the store refuses: ${said.reason ?? ''}` };
  if (said.kind === 'bucket_missing')
    return { definite: true, known: true, message: 'the store has no such bucket' };
  if (said.kind === 'unavailable')
    return { definite: false, known: false, message: `the store cannot be reached: ${textOf(said.cause)}` };
  return { definite: false, known: true, message: `the store answers ${said.kind}` };
};

const LATE: Said = { kind: 'unavailable', cause: `no answer within ${DEADLINE / SECOND} s` };

/** One call of the store, for as long as it may take. */
const attempt = async <T>(pause: Pause, call: ResultAsync<T, Said>): Promise<Tried> => {
  const late = pause.wait(DEADLINE).andThen(() => errAsync<T, Said>(LATE));
  const done = await Promise.race([call, late]);
  return done.isOk() ? 'ok' : troubleOf(done.error);
};

async function* once(): Bytes {
  yield CONTENT.slice();
}

const write = async (pause: Pause, objects: Objects, key: ObjectKey): Promise<Tried> => {
  const given = new AbortController();
  const length = CONTENT.byteLength;
  const options = { length, maxBytes: length, contentType: 'text/plain', signal: given.signal };
  const tried = await attempt(pause, objects.put(key, once(), options));
  // What comes too late is not to come at all.
  given.abort();
  return tried;
};

const isContent = async ({ body, close }: StoredObject): Promise<boolean> => {
  let at = 0;
  try {
    for await (const chunk of body) {
      if (chunk.some((byte, i) => byte !== CONTENT[at + i])) return false;
      at += chunk.byteLength;
    }
    return at === CONTENT.byteLength;
  } finally {
    close();
  }
};

const compared = (stored: StoredObject): ResultAsync<void, Said> =>
  ResultAsync.fromPromise(isContent(stored), (cause): Said => ({ kind: 'unavailable', cause })).andThen(
    (same) => (same ? ok(undefined) : err({ kind: 'other_content' })),
  );

const read = (pause: Pause, objects: Objects, key: ObjectKey): Promise<Tried> =>
  attempt(
    pause,
    objects
      .get(key)
      .mapErr((failure): Said => failure)
      .andThen(compared),
  );

const erase = (pause: Pause, objects: Objects, key: ObjectKey): Promise<Tried> =>
  attempt(
    pause,
    objects
      .deleteMany([key])
      .mapErr((failure): Said => failure)
      .andThen(([refused]) =>
        refused ? errAsync<void, Said>({ kind: 'store_denied', reason: refused.reason }) : okAsync(undefined),
      ),
  );

type Tries = Readonly<Record<Exclude<ProbeName, 'credentials'>, Tried>>;

const isTrouble = (tried: Tried): tried is Trouble => typeof tried === 'object';
/** The bucket answers; what it answers to one call says nothing of the others. */
const goesOn = (tried: Tried): boolean =>
  tried === 'ok' || (isTrouble(tried) && tried.definite && !tried.known);
/** An answer that was lost may hide a write that took place. */
const mayHaveLanded = (tried: Tried): boolean => tried === 'ok' || (isTrouble(tried) && !tried.definite);

/** Every right is tried though another is lacking, as long as it can be. What was written is deleted whatever happens. */
const tryAll = async (pause: Pause, objects: Objects, key: ObjectKey): Promise<Tries> => {
  const list = await attempt(pause, objects.list({ prefix: EVERYTHING, limit: 1 }));
  const written = goesOn(list) ? await write(pause, objects, key) : 'not tried';
  const reading = written === 'ok' ? await read(pause, objects, key) : 'not tried';
  const deleted = mayHaveLanded(written) ? await erase(pause, objects, key) : 'not tried';
  return { list, write: written, read: reading, delete: deleted };
};

/** The store has let them do something, or has told them that there is nothing to do it in. */
const credentialsOf = (tries: readonly Tried[]): Tried =>
  tries.some((tried) => tried === 'ok' || (isTrouble(tried) && tried.known))
    ? 'ok'
    : (tries.find(isTrouble) ?? 'not tried');

const verdictOf = (tries: readonly Tried[]): Verdict => {
  if (tries.every((tried) => tried === 'ok')) return 'pass';
  return tries.some((tried) => isTrouble(tried) && tried.definite) ? 'refuse' : 'fail';
};

const checkOf = (name: ProbeName, tried: Tried): Check =>
  tried === 'ok'
    ? { name, ok: true }
    : {
        name,
        ok: false,
        message: tried === 'not tried' ? 'not tried, for what came before failed' : tried.message,
      };

/** What these credentials may do below the jail, found out by doing it to one small object named `key`. */
export const examine = async (pause: Pause, objects: Objects, key: ObjectKey): Promise<Examination> => {
  const tries = await tryAll(pause, objects, key);
  const all = Object.values(tries);
  const left = mayHaveLanded(tries.write) && tries.delete !== 'ok';
  const checks = PROBES.map((name): Check => {
    const check = checkOf(name, name === 'credentials' ? credentialsOf(all) : tries[name]);
    return name === 'delete' && left
      ? { ...check, message: `${check.message ?? ''}; the object "${key}" may be left in the bucket` }
      : check;
  });
  return { verdict: verdictOf(all), checks };
};

/** Deletes what a verification that nobody finished may have left. */
export const sweep = (pause: Pause, objects: Objects, key: ObjectKey): ResultAsync<void, never> =>
  ResultAsync.fromSafePromise(erase(pause, objects, key)).map(() => undefined);
