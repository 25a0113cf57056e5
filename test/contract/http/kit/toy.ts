import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import type { Guard } from '../../../../src/adapters/http/kit/guard.js';
import type { Outgoing, ServerSentEvent } from '../../../../src/adapters/http/kit/reply.js';
import type { Incoming } from '../../../../src/adapters/http/kit/route.js';
import { instant } from '../../../../src/domain/shared/time.js';
import { type Forbidden, NOT_FOUND, type NotFound } from '../../../../src/ports/shared/failure.js';

/** What the routes of the toy contract do, where a test wants to say so itself. */
export type Toy = {
  readonly upload: (body: Incoming) => ResultAsync<void, { readonly kind: 'broken_off' }>;
  readonly download: () => Outgoing | { readonly notModified: string };
  readonly events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>;
  /** Whether somebody who follows the events may go on. */
  readonly mayFollow: () => boolean;
  readonly wait: () => Promise<string>;
  /** What was asked of the use cases, in order. */
  readonly ran: unknown[];
};

export const outgoing = (content: string, over: Partial<Outgoing> = {}): Outgoing => ({
  bytes: (async function* () {
    yield Buffer.from(content);
  })(),
  close: () => {},
  length: Buffer.byteLength(content),
  version: { etag: 'v1', modifiedAt: instant(Date.UTC(2026, 0, 15)) },
  fileName: 'file.txt',
  ...over,
});

/** Reads a body to its end; answers an error when there was none. */
export const readAll = (body: Incoming): ResultAsync<number, { readonly kind: 'broken_off' }> =>
  ResultAsync.fromThrowable(
    async () => {
      let size = 0;
      for await (const chunk of body.bytes) size += chunk.byteLength;
      return size;
    },
    () => ({ kind: 'broken_off' as const }),
  )();

export const anyone: Guard<Toy, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

/** Open to all, for as long as the toy says so. */
export const follower: Guard<Toy, undefined> = {
  security: 'none',
  statuses: [404],
  admit: ({ mayFollow }, { visit }) =>
    okAsync({ identity: `address:${visit.address}`, place: mayFollow() ? ok(undefined) : err(NOT_FOUND) }),
};

const PLACES: Readonly<Record<string, NotFound | Forbidden>> = {
  stranger: NOT_FOUND,
  weak: { kind: 'forbidden', needs: 'the role "owner"' },
};

/** `Bearer stranger` is known but not here, `Bearer weak` is here but may not; whose name begins with `good` may. */
export const holder: Guard<Toy, string> = {
  security: 'bearer',
  statuses: [401, 403, 404],
  admit: (_app, { authorization = '' }) => {
    const name = /^Bearer (good.*|busy|stranger|weak)$/.exec(authorization)?.[1];
    const refused = PLACES[name ?? ''];
    return name === undefined
      ? errAsync({ kind: 'unauthenticated' })
      : okAsync({ identity: name, place: refused ? err(refused) : ok(name) });
  },
};
