import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Bytes, GetFailure, StoredObject } from '../../ports/storage/object-store.js';
import type { Contents, Member } from './archive.js';
import type { Objects } from './objects-in.js';

/** Small objects on their way or waiting at one moment. */
const AHEAD = 16;
/** What counts as small: so at most 16 MiB wait for a reader. */
export const SMALL = 1024 * 1024;

type Fetched = Result<Uint8Array, GetFailure>;

// The length is announced: whatever is wrong from here on can be told only by breaking off.
const broken = ({ key }: Member, failure: GetFailure): Error =>
  new Error(`an object changed or could not be read while its folder was being archived: ${failure.kind}`, {
    cause: { key, failure },
  });

/** Opens objects, and closes all that are open when the reader leaves. */
const openings = (objects: Objects) => {
  const open = new Set<StoredObject>();
  let left = false;
  return {
    /** Only the version that was listed: its size is part of the length that was announced. */
    get: ({ key, etag }: Member): ResultAsync<StoredObject, GetFailure> =>
      objects.get(key, { ifMatch: etag }).map((stored) => {
        if (left) stored.close();
        else open.add(stored);
        return stored;
      }),
    done: (stored: StoredObject): void => {
      open.delete(stored);
      stored.close();
    },
    close: (): void => {
      left = true;
      for (const stored of open) stored.close();
      open.clear();
    },
    left: () => left,
  };
};

const collect = async (body: Bytes, size: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(size);
  let filled = 0;
  // Too many bytes throw here, too few are noticed where they are counted.
  for await (const chunk of body) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.subarray(0, filled);
};

const unreadable = (cause: unknown): Unavailable => ({
  kind: 'unavailable',
  dependency: 'object store',
  cause,
});

export type Opened = Contents & { readonly close: () => void };

/**
 * Reads the members of an archive: small ones ahead of their turn, whole and side by side; a large one when
 * its turn comes, so that none stands open while another is sent.
 */
export const lookingAhead = (objects: Objects, members: readonly Member[]): Opened => {
  const opening = openings(objects);
  const fetch = (member: Member): ResultAsync<Uint8Array, GetFailure> =>
    opening.get(member).andThen((stored) =>
      ResultAsync.fromPromise<Uint8Array, GetFailure>(collect(stored.body, member.size), unreadable).andThen(
        (bytes) => {
          opening.done(stored);
          return bytes.length === member.size ? ok(bytes) : err(unreadable('the object is cut short'));
        },
      ),
    );

  const small = members.filter(({ form }) => form === 'whole').values();
  const ahead: Promise<Fetched>[] = [];
  const fill = (): void => {
    while (ahead.length < AHEAD && !opening.left()) {
      const next = small.next();
      if (next.done) return;
      const fetched = Promise.resolve(fetch(next.value));
      // When the reader leaves nobody asks any more; a defect is then nobody's.
      fetched.catch(() => undefined);
      ahead.push(fetched);
    }
  };

  return {
    whole: async (member) => {
      fill();
      const fetched = (await ahead.shift()) ?? err(unreadable('the reader left'));
      if (fetched.isErr()) throw broken(member, fetched.error);
      return fetched.value;
    },
    streamed: async (member) => {
      const stored = await opening.get(member);
      if (stored.isErr()) throw broken(member, stored.error);
      return toEnd(member, stored.value, opening.done);
    },
    close: opening.close,
  };
};

/** All of an object's bytes, neither more nor fewer than its size. */
async function* toEnd(member: Member, stored: StoredObject, done: (stored: StoredObject) => void): Bytes {
  let size = 0;
  for await (const chunk of stored.body) {
    size += chunk.length;
    yield chunk;
  }
  done(stored);
  if (size !== member.size) throw broken(member, unreadable(`${size} bytes came`));
}
