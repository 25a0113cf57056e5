import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Guard } from '../../../../src/adapters/http/kit/guard.js';
import { empty, json, redirect } from '../../../../src/adapters/http/kit/reply.js';
import { type AnyRoute, contract, statusesOf } from '../../../../src/adapters/http/kit/route.js';
import type { Unavailable } from '../../../../src/ports/shared/failure.js';

type App = {
  readonly get: (
    id: string,
  ) => ResultAsync<{ readonly id: string }, { kind: 'gone' } | { kind: 'late' } | Unavailable>;
};
type Holder = { readonly account: string };

const operations = { getThing: 'GET /things/{id}', makeThing: 'POST /things' } as const;
const route = contract<App>()(operations);
const guard: Guard<App, Holder> = {
  security: 'bearer',
  statuses: [401],
  admit: () => errAsync({ kind: 'unauthenticated' }),
};
const Thing = z.object({ id: z.string() });
const Params = z.object({ id: z.string() });

/** What compiles; each test below leaves out or bends one thing of it, and must not compile. */
const good = route({
  operationId: 'getThing',
  at: 'GET /things/{id}',
  summary: 'A thing',
  auth: guard,
  request: { params: Params },
  run: (app, { params }) => app.get(params.id),
  reply: json(200, Thing, (thing: { readonly id: string }) => thing),
  errors: { gone: 404, late: 409 },
});

// The compiler is the judge here: an expectation that is not met fails `npm run check`, an unused one too.
describe('a route', () => {
  it('declares a status for each failure of its use case, and for no other', () => {
    // @ts-expect-error the failure `late` has no status
    const missing: typeof good.errors = { gone: 404 };
    route({ ...good, errors: missing });
    route({
      ...good,
      // @ts-expect-error no use case fails with `invented`
      errors: { gone: 404, late: 409, invented: 400 },
    });
    route({
      ...good,
      // @ts-expect-error 418 is not among the statuses a failure may have
      errors: { gone: 404, late: 418 },
    });
    expect(statusesOf(good as unknown as AnyRoute<never>)).toEqual([200, 401, 404, 409, 429, 503]);
  });

  it('has the path that is published for its operation, and no operation of its own making', () => {
    route({
      ...good,
      // @ts-expect-error this is not the path of getThing
      at: 'GET /thing/{id}',
    });
    route({
      ...good,
      // @ts-expect-error nor is this its method
      at: 'POST /things/{id}',
    });
    route({
      ...good,
      // @ts-expect-error there is no such operation
      operationId: 'fetchThing',
    });
    expect(good.at).toBe(operations.getThing);
  });

  it('replies with what its use case answers, in the form of its schema', () => {
    // @ts-expect-error the use case answers a thing, not a number
    route({
      ...good,
      reply: json(200, Thing, (count: number) => ({ id: String(count) })),
    });
    // @ts-expect-error the schema wants an id
    json(200, Thing, (thing: { readonly id: string }) => ({ name: thing.id }));
    // @ts-expect-error a redirect leads to a text, not to a thing
    route({
      ...good,
      reply: redirect((to: string) => to),
    });
    route({ ...good, reply: empty(204) });
    expect(good.reply.status).toBe(200);
  });

  it('shows its use case only what it asked for', () => {
    route({
      ...good,
      run: (app, { params, principal, query, body }) => {
        const account: string = principal.account;
        const nothing: readonly [undefined, undefined] = [query, body];
        // @ts-expect-error the parameters have no `name`
        return app.get([params.name, account, nothing].join());
      },
    });
    route({
      ...good,
      operationId: 'makeThing',
      at: 'POST /things',
      body: { kind: 'raw', maxBytes: 1 },
      // @ts-expect-error a raw body is bytes, not a document
      run: (app, { body }) => app.get(body.id),
    });
    expect(Object.keys(good).sort()).toEqual(
      ['at', 'auth', 'errors', 'operationId', 'reply', 'request', 'run', 'summary'].sort(),
    );
  });
});

describe('the statuses of a route', () => {
  const made = (over: object) => statusesOf({ ...good, ...over } as unknown as AnyRoute<never>);
  const bare = {
    request: undefined,
    errors: {},
    auth: { ...guard, statuses: [] },
    run: () => okAsync(undefined),
  };

  it('begin with its success and follow from what it declares', () => {
    expect(made(bare)).toEqual([200, 429, 503]);
    expect(made({ ...bare, request: { query: Params } })).toEqual([200, 400, 429, 503]);
    expect(made({ ...bare, body: { kind: 'json', schema: Thing } })).toEqual([200, 400, 413, 429, 503]);
    expect(made({ ...bare, body: { kind: 'stream' } })).toEqual([200, 429, 503]);
    expect(made({ ...bare, idempotent: true })).toEqual([200, 400, 409, 422, 429, 503]);
    expect(made({ ...bare, reply: { kind: 'stream', status: 200 } })).toEqual([200, 206, 304, 416, 429, 503]);
  });

  it('follow the contract where it tells malformed documents from bad fields', () => {
    const body = { kind: 'json', schema: Thing };
    const route = { ...good, ...bare, body } as unknown as AnyRoute<never>;
    expect(statusesOf(route, { document: 400, fields: 422 })).toEqual([200, 400, 413, 422, 429, 503]);
  });
});
