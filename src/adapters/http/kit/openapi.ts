import * as z from 'zod';
import { type AnyRoute, type Body, type RefusalStatuses, split, statusesOf } from './route.js';

type Json = { [name: string]: unknown };
type Components = Record<string, unknown>;

/** zod names definitions beside the schema asked for; an OpenAPI document keeps them all in one place. */
const relocated = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(relocated);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, inner]) =>
      name === '$ref' && typeof inner === 'string'
        ? [name, inner.replace(/^#\/definitions\//, '#/components/schemas/')]
        : [name, relocated(inner)],
    ),
  );
};

const schemaOf = (schema: z.ZodType, io: 'input' | 'output', components: Components): unknown => {
  const document: Json = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  const { definitions, $schema, ...rest } = document;
  for (const [name, named] of Object.entries((definitions ?? {}) as Json))
    components[name] = relocated(named);
  return relocated(rest);
};

const parameters = (
  where: 'path' | 'query' | 'header',
  schema: z.ZodObject | undefined,
  components: Components,
) => {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input', components) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: shape,
  }));
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
const LAST_EVENT_ID = { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } };
const BINARY = { type: 'string', format: 'binary' };

const rawContent = (body: Extract<Body, { kind: 'raw' | 'stream' }>): Json =>
  'mediaType' in body && body.mediaType === 'application/json'
    ? { 'application/json': { schema: { type: 'object', additionalProperties: true } } }
    : { 'application/octet-stream': { schema: BINARY } };

const requestBody = (route: AnyRoute<never>, components: Components): Json => {
  if (!route.body) return {};
  const content =
    route.body.kind === 'json'
      ? { 'application/json': { schema: schemaOf(route.body.schema, 'input', components) } }
      : route.body.kind === 'form'
        ? {
            'application/x-www-form-urlencoded': { schema: schemaOf(route.body.schema, 'input', components) },
          }
        : rawContent(route.body);
  const required = !('optional' in route.body);
  return { requestBody: { required, content } };
};

const successContent = (reply: AnyRoute<never>['reply'], components: Components): Json => {
  switch (reply.kind) {
    case 'json':
      return {
        content: { 'application/json': { schema: schemaOf(reply.schema, 'output', components) } },
      };
    case 'text':
      return { content: { [reply.mediaType]: { schema: { type: 'string' } } } };
    case 'sse':
      return { content: { 'text/event-stream': { schema: { type: 'string' } } } };
    case 'stream':
      return { content: { 'application/octet-stream': { schema: BINARY } } };
    case 'by_accept':
      return {
        content: Object.assign(
          {},
          ...reply.choices.map((choice) => successContent(choice, components)['content']),
        ),
      };
    case 'empty':
    case 'redirect':
      return {};
  }
};

const REASONS: Readonly<Record<number, string>> = {
  202: 'Accepted: it goes on after the answer',
  303: 'Elsewhere: nobody is signed in',
  204: 'There is none',
  206: 'The part that was asked for',
  304: 'Not modified',
  400: 'A malformed document or a refused field',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  413: 'The body is too large',
  416: 'The range lies outside the object',
  429: 'Too many requests',
  503: 'Unavailable for the moment',
};

const describe = (route: AnyRoute<never>, status: number): string => {
  const kinds = Object.entries(route.errors).filter(([, s]) => s === status);
  return kinds.length > 0 ? kinds.map(([kind]) => kind).join(', ') : (REASONS[status] ?? `Status ${status}`);
};

const operation = (
  route: AnyRoute<never>,
  error: unknown,
  components: Components,
  statuses: RefusalStatuses | undefined,
): Json => {
  const [success = 200, ...refusals] = statusesOf(route, statuses);
  const content = successContent(route.reply, components);
  const worded = { content: { 'application/json': { schema: error } } };
  const contentOf = (status: number): Json => (status >= 400 ? worded : status === 206 ? content : {});
  return {
    operationId: route.operationId,
    summary: route.summary,
    security: route.auth.security === 'none' ? [] : [{ [route.auth.security]: [] }],
    parameters: [
      ...parameters('path', route.request?.params, components),
      ...parameters('query', route.request?.query, components),
      ...parameters('header', route.request?.headers, components),
      ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
      ...(route.reply.kind === 'sse' ? [LAST_EVENT_ID] : []),
    ],
    ...requestBody(route, components),
    responses: {
      [success]: { description: 'Success', ...content },
      ...Object.fromEntries(
        refusals.map((status) => [status, { description: describe(route, status), ...contentOf(status) }]),
      ),
    },
  };
};

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'tollhouse_session' },
} as const;

/** How callers prove who they are, as far as any route asks. */
const schemesOf = <App>(routes: readonly AnyRoute<App>[]): Json =>
  Object.fromEntries(
    Object.entries(SCHEMES).filter(([name]) => routes.some(({ auth }) => auth.security === name)),
  );

/**
 * The OpenAPI 3.0.3 document of one contract, from its routes and nothing else. `errorSchema`: of all its
 * failures, or, where not all are worded alike, of each operation’s.
 */
export const openapi = <App>(
  info: { readonly title: string; readonly version: string },
  routes: readonly AnyRoute<App>[],
  errorSchema: z.ZodType | ((operationId: string) => z.ZodType),
  statuses?: RefusalStatuses,
): Json => {
  const components: Components = {};
  const errorOf = typeof errorSchema === 'function' ? errorSchema : () => errorSchema;
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const { method, path } = split(route.at);
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: operation(
        route as unknown as AnyRoute<never>,
        schemaOf(errorOf(route.operationId), 'output', components),
        components,
        statuses,
      ),
    };
  }
  return {
    openapi: '3.0.3',
    info,
    paths,
    components: { schemas: components, securitySchemes: schemesOf(routes) },
  };
};
