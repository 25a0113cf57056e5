import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allDown, gate, keysInUse, type TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { at, needed, type Open, pathParams, payload, RANDOM_ID, shapeOf } from './rig.js';
import type { DerivedRoute, Stage, Subject } from './subject.js';

const wrongType = (type: string | undefined): unknown =>
  type === 'string' || type === undefined ? 7 : 'seven';

/** These are the platform's: whoever may not change them is told so before any is looked for. */
const OF_PLATFORM: readonly string[] = [
  'updateSubscriptionPlan',
  'updateSubscriptionFeature',
  'updateSubscriptionPlanFeature',
  'updateSubscriptionPlanFeatureUsage',
  'setEntitlementOverride',
  'removeEntitlementOverride',
];

/** Open to all and without input: such a route has nothing to refuse but the flood and the outage below. */
const isRefusing = ({ auth, body, request }: DerivedRoute): boolean =>
  auth.security === 'bearer' ||
  body?.kind === 'json' ||
  request?.query !== undefined ||
  shapeOf(request?.headers).required.length > 0;

/** What every operation of a contract refuses in the same way, derived from its route and nothing else. */
export const refusals = (open: Open, answered: Set<string>, subject: Subject) => {
  const { routes: allRoutes, bodies, codeOf, fieldsOf, code } = subject;
  let app: TestApp;
  let call: Client;
  let here: Stage;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    here = await subject.stage(app, call);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });

  const sent = (route: DerivedRoute, ids = here.ids) => payload(route, bodies, ids);

  for (const route of allRoutes.filter(isRefusing)) {
    const guarded = route.auth.security === 'bearer';
    const token = () => (guarded ? here.token : undefined);

    describe(route.operationId, () => {
      if (guarded)
        it('tells callers without a good token nothing but 401', async () => {
          const forged = `${here.token.slice(0, -4)}AAAA`;
          for (const headers of [
            {},
            { authorization: 'Basic abc' },
            { authorization: 'Bearer th_unknown' },
            { authorization: `Bearer ${forged}` },
          ]) {
            const answer = await call(at(route, here.ids), { headers, ...sent(route) });
            expect(answer.status).toBe(401);
            expect(codeOf(answer)).toBe(code('unauthenticated'));
            expect(answer.headers.get('www-authenticate')).toBe('Bearer');
          }
        });

      if (guarded && pathParams(route).length > 0 && !OF_PLATFORM.includes(route.operationId))
        it('answers an id of somebody else’s exactly as a random and as a malformed one', async () => {
          const seen = await Promise.all(
            [
              here.ids,
              {},
              { ...Object.fromEntries(pathParams(route).map((name) => [name, 'not-an-id'])) },
            ].map(async (these) => {
              const { status, text } = await call(at(route, these as Stage['ids']), {
                token: here.stranger,
                ...sent(route),
              });
              return { status, text };
            }),
          );
          expect(seen[0]?.status).toBe(404);
          expect(new Set(seen.map((answer) => JSON.stringify(answer))).size).toBe(1);
        });

      if (route.auth.statuses.includes(403))
        it('refuses those without the right, and a key that was not given it, with 403', async () => {
          const seen: number[] = [];
          // Where one is refused, the next may well have the right, and would use it.
          for (const powerless of here.powerless(route))
            if (!seen.includes(403))
              seen.push((await call(at(route, here.ids), { token: powerless, ...sent(route) })).status);
          expect(seen).toContain(403);
        });

      if (route.body?.kind === 'json') {
        it('refuses what is not a JSON document with 400', async () => {
          const json = { 'content-type': 'application/json' };
          for (const [bytes, headers] of [
            ['{', json],
            ...(route.body?.kind === 'json' && route.body.optional ? [] : ([['', json]] as const)),
            [new Uint8Array([0x22, 0xff, 0x22]), json],
            ['{}', { 'content-type': 'text/plain' }],
          ] as const) {
            const answer = await call(at(route, here.ids), { token: token(), bytes, headers });
            expect([answer.status, codeOf(answer)]).toEqual([400, code('malformed_document')]);
          }
          for (const document of [null, [], 'text', 7]) {
            const answer = await call(at(route, here.ids), { token: token(), json: document });
            expect([answer.status, codeOf(answer)]).toEqual([400, code('invalid_request')]);
          }
        });

        it('refuses a body of more than a mebibyte with 413', async () => {
          const answer = await call(at(route, here.ids), {
            token: token(),
            json: { name: 'x'.repeat(1024 * 1024) },
          });
          expect([answer.status, codeOf(answer)]).toEqual([413, code('body_too_large')]);
        });

        it('names each field it cannot accept', async () => {
          const { schema } = route.body as { schema: Parameters<typeof shapeOf>[0] };
          const { properties, required } = shapeOf(schema);
          const good = bodies[route.operationId]?.({}) as Record<string, unknown>;
          expect(Object.keys(good).sort(), `${route.operationId} in BODIES`).toEqual(
            Object.keys(properties).sort(),
          );
          for (const [name, { type }] of Object.entries(properties)) {
            const bad: unknown[] = [wrongType(type), null];
            if (type === 'string') bad.push(`a\0b`, '\ud800');
            for (const value of bad) {
              const answer = await call(at(route, here.ids), {
                token: token(),
                json: { ...good, [name]: value },
              });
              expect(
                [answer.status, fieldsOf(answer).includes(name)],
                `${name}=${JSON.stringify(value)}`,
              ).toEqual([400, true]);
            }
          }
          for (const name of required) {
            const { [name]: _left, ...rest } = good;
            const answer = await call(at(route, here.ids), { token: token(), json: rest });
            expect([answer.status, fieldsOf(answer)]).toEqual([400, [name]]);
          }
        });
      }

      const query = shapeOf(route.request?.query);
      if (Object.keys(query.properties).length > 0)
        it('names each query parameter it cannot accept', async () => {
          const bad = Object.entries(query.properties).flatMap(
            ([name, { minimum, maximum, type }]): [string, string][] => [
              [name, 'a\0b'],
              ...(minimum === undefined ? [] : [[name, String(minimum - 1)] as [string, string]]),
              ...(maximum === undefined ? [] : [[name, String(maximum + 1)] as [string, string]]),
              ...(type === 'integer' || type === 'boolean' ? [[name, 'x'] as [string, string]] : []),
            ],
          );
          for (const [name, value] of bad) {
            const asked = needed(route);
            asked.set(name, value);
            const answer = await call(at(route, here.ids, asked), { token: token(), ...sent(route) });
            expect([answer.status, fieldsOf(answer).includes(name)], `${name}=${value}`).toEqual([400, true]);
          }
          for (const name of query.required) {
            const answer = await call(at(route, here.ids, new URLSearchParams()), {
              token: token(),
              ...sent(route),
            });
            expect([answer.status, fieldsOf(answer)]).toEqual([400, [name]]);
          }
        });

      const headers = shapeOf(route.request?.headers);
      if (headers.required.length > 0)
        it('names each header that it cannot do without', async () => {
          const answer = await call(at(route, here.ids), { token: token(), ...sent(route) });
          expect([answer.status, codeOf(answer), fieldsOf(answer)]).toEqual([
            400,
            code('invalid_request'),
            headers.required,
          ]);
        });

      if (route.idempotent)
        it('takes an Idempotency-Key of visible ASCII only', async () => {
          const headers = { 'idempotency-key': 'two words' };
          const answer = await call(at(route, here.ids), { token: token(), headers, ...sent(route) });
          expect([answer.status, fieldsOf(answer)]).toEqual([400, ['Idempotency-Key']]);
        });
    });
  }

  it('has a sample body for every operation that takes one, and for no other', () => {
    const taking = allRoutes
      .filter(({ body }) => body?.kind === 'json')
      .map(({ operationId }) => operationId);
    expect(Object.keys(bodies).sort()).toEqual([...taking].sort());
  });

  it('refuses with 429 and Retry-After, before it reads anything, when the limit is used up', async () => {
    const limit = gate();
    const busy = await open({ override: limit.guard });
    const client = clientOf(busy);
    const there = await subject.stage(busy, client);
    limit.close();
    for (const route of allRoutes) {
      const token = route.auth.security === 'bearer' ? there.token : undefined;
      const answer = await client(at(route, there.ids, new URLSearchParams()), { token });
      expect([route.operationId, answer.status]).toEqual([route.operationId, 429]);
      expect(answer.headers.get('retry-after')).toBe('60');
    }
    await busy.close();
    for (const line of busy.answered) answered.add(line);
  });

  it('answers 409 and Retry-After while the first request with an Idempotency-Key is at work', async () => {
    const elsewhere = await open({ override: keysInUse });
    const client = clientOf(elsewhere);
    const there = await subject.stage(elsewhere, client);
    const wanted = await there.wanted(elsewhere, client);
    for (const route of allRoutes.filter(({ idempotent }) => idempotent)) {
      const headers = { 'idempotency-key': 'one' };
      const json = wanted(route);
      const answer = await client(at(route, there.ids), { token: there.token, json, headers });
      expect([route.operationId, answer.status, codeOf(answer)]).toEqual([
        route.operationId,
        409,
        code('idempotency_in_progress'),
      ]);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    await elsewhere.close();
    for (const line of elsewhere.answered) answered.add(line);
  });

  it('answers 503 and Retry-After while the database is gone', async () => {
    const down = await open({ override: allDown });
    for (const route of allRoutes) {
      const headers = { authorization: `Bearer ${here.token}` };
      const answer = await clientOf(down)(at(route, { ...here.ids, membership_id: RANDOM_ID }), {
        headers,
        ...sent(route),
      });
      expect([route.operationId, answer.status]).toEqual([route.operationId, 503]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.text).not.toContain('down');
    }
    for (const line of down.answered) answered.add(line);
    await down.close();
  });
};
