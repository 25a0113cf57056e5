import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import * as z from 'zod';
import {
  byAccept,
  download,
  empty,
  html,
  json,
  type Outgoing,
  redirect,
  sse,
  text,
} from '../../../../src/adapters/http/kit/reply.js';
import { type AnyRoute, contract } from '../../../../src/adapters/http/kit/route.js';
import { anyone, follower, holder, type Toy } from './toy.js';

const route = contract<Toy>()({
  createThing: 'POST /things',
  listThings: 'GET /things',
  getThing: 'GET /things/{id}',
  deleteThing: 'DELETE /things/{id}',
  verifyThing: 'POST /things/{id}:verify',
  currentThing: 'GET /things/current',
  sendForm: 'POST /form',
  sendRaw: 'POST /raw',
  upload: 'PUT /blob',
  download: 'GET /blob',
  page: 'GET /page',
  words: 'GET /words',
  either: 'GET /either',
  leave: 'POST /leave',
  ping: 'POST /ping',
  events: 'GET /events',
  wait: 'GET /wait',
  misshapen: 'GET /misshapen',
  undeclared: 'GET /undeclared',
  throws: 'GET /throws',
  odd: 'POST /odd',
});

const Thing = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Thing' });
const Id = z.object({ id: z.string().regex(/^[a-z0-9:]+$/) });
const Echo = z.object({ got: z.unknown() });
const echo = json(200, Echo, (got: unknown) => ({ got }));

export const toyRoutes = [
  route({
    operationId: 'odd',
    at: 'POST /odd',
    summary: 'Refuses with statuses of its own',
    auth: anyone,
    body: { kind: 'json', schema: z.object({ name: z.string() }) },
    refusals: { document: 422, fields: 409 },
    run: (_app, { body }) => okAsync(body.name),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'createThing',
    at: 'POST /things',
    summary: 'Make a thing',
    auth: holder,
    request: { query: z.object({ dry: z.string().optional() }) },
    body: {
      kind: 'json',
      schema: z.object({ name: z.string().max(1000), tags: z.array(z.enum(['a'])).optional() }),
    },
    idempotent: true,
    run: (app, { body, once, principal }) => {
      app.ran.push({ body, once, principal });
      return okAsync({ id: 'new', name: body.name });
    },
    reply: json(201, Thing, (thing: { id: string; name: string }) => thing),
    errors: {},
  }),
  route({
    operationId: 'listThings',
    at: 'GET /things',
    summary: 'List things',
    auth: holder,
    request: {
      query: z.object({ name: z.string().optional(), size: z.coerce.number().max(10).optional() }),
      headers: z.object({ 'x-mood': z.enum(['good', 'bad']).optional() }),
    },
    run: (_app, { query, headers }) => okAsync({ query, headers }),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'getThing',
    at: 'GET /things/{id}',
    summary: 'One thing',
    auth: holder,
    request: { params: Id },
    run: (app, { params }) => {
      app.ran.push(['getThing', params.id]);
      return okAsync({ id: params.id, name: 'A thing' });
    },
    reply: json(200, Thing, (thing: { id: string; name: string }) => thing),
    errors: {},
  }),
  route({
    operationId: 'deleteThing',
    at: 'DELETE /things/{id}',
    summary: 'Delete a thing',
    auth: anyone,
    request: { params: Id },
    run: () => okAsync(undefined),
    reply: empty(204),
    errors: {},
  }),
  route({
    operationId: 'verifyThing',
    at: 'POST /things/{id}:verify',
    summary: 'Verify a thing',
    auth: anyone,
    request: { params: Id },
    run: (app, { params }) => {
      app.ran.push(['verifyThing', params.id]);
      return okAsync(params.id);
    },
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'currentThing',
    at: 'GET /things/current',
    summary: 'The current thing',
    auth: anyone,
    run: () => okAsync('current'),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'sendForm',
    at: 'POST /form',
    summary: 'Send a form',
    auth: anyone,
    body: { kind: 'form', schema: z.object({ name: z.string(), note: z.string().optional() }) },
    run: (_app, { body }) => okAsync(body),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'sendRaw',
    at: 'POST /raw',
    summary: 'Send up to a kibibyte',
    auth: anyone,
    body: { kind: 'raw', maxBytes: 1024 },
    run: (_app, { body }) => okAsync(body.toString('hex')),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'upload',
    at: 'PUT /blob',
    summary: 'Upload',
    auth: holder,
    request: { query: z.object({ key: z.string().optional() }) },
    body: { kind: 'stream' },
    run: (app, { body }) => app.upload(body),
    reply: empty(204),
    errors: { broken_off: 400 },
  }),
  route({
    operationId: 'download',
    at: 'GET /blob',
    summary: 'Download',
    auth: anyone,
    request: { headers: z.object({ range: z.string().optional() }) },
    run: (app, { headers }) =>
      headers.range === 'bytes=9000-'
        ? errAsync({ kind: 'range_unsatisfiable' as const, size: 5 })
        : okAsync(app.download()),
    reply: download((found: Outgoing | { notModified: string }) => found),
    errors: { range_unsatisfiable: 416 },
  }),
  route({
    operationId: 'page',
    at: 'GET /page',
    summary: 'A page',
    auth: anyone,
    run: () => okAsync('<p>hello</p>'),
    reply: html((body: string) => body),
    errors: {},
  }),
  route({
    operationId: 'words',
    at: 'GET /words',
    summary: 'Words',
    auth: anyone,
    run: () => okAsync('<p>hello</p>'),
    reply: text('text/plain; charset=utf-8', (body: string) => body),
    errors: {},
  }),
  route({
    operationId: 'either',
    at: 'GET /either',
    summary: 'A document, or words',
    auth: anyone,
    run: () => okAsync('hello'),
    reply: byAccept<string>(
      echo,
      text('text/csv; charset=utf-8', (body: string) => `got\r\n${body}\r\n`),
    ),
    errors: {},
  }),
  route({
    operationId: 'leave',
    at: 'POST /leave',
    summary: 'Go elsewhere',
    auth: anyone,
    run: () => okAsync('/page?from=é'),
    reply: redirect((to: string) => to),
    errors: {},
  }),
  route({
    operationId: 'ping',
    at: 'POST /ping',
    summary: 'Nothing at all',
    auth: anyone,
    run: () => okAsync(undefined),
    reply: empty(200),
    errors: {},
  }),
  route({
    operationId: 'events',
    at: 'GET /events',
    summary: 'What happens',
    auth: follower,
    run: (app, { lastEventId }) => {
      app.ran.push({ lastEventId });
      return okAsync(app);
    },
    reply: sse((app: Toy, signal) => app.events(signal)),
    errors: {},
  }),
  route({
    operationId: 'wait',
    at: 'GET /wait',
    summary: 'Takes its time',
    auth: anyone,
    run: (app) => ResultAsync.fromSafePromise(app.wait()),
    reply: echo,
    errors: {},
  }),
  route({
    operationId: 'misshapen',
    at: 'GET /misshapen',
    summary: 'A reply that is not what it says',
    auth: anyone,
    run: () => okAsync({ id: 7, name: 'A thing' } as unknown as { id: string; name: string }),
    reply: json(200, Thing, (thing: { id: string; name: string }) => thing),
    errors: {},
  }),
  route({
    operationId: 'undeclared',
    at: 'GET /undeclared',
    summary: 'A failure that it does not declare',
    auth: anyone,
    run: () => errAsync({ kind: 'surprise' } as unknown as { kind: 'unavailable' }),
    reply: empty(204),
    errors: {},
  }),
  route({
    operationId: 'throws',
    at: 'GET /throws',
    summary: 'A defect',
    auth: anyone,
    run: (): ResultAsync<string, never> => {
      throw new Error('a secret of ours');
    },
    reply: echo,
    errors: {},
  }),
] as unknown as readonly AnyRoute<Toy>[];
