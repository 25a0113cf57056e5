import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openapi } from '../../../../src/adapters/http/kit/openapi.js';
import { toyRoutes } from '../../../contract/http/kit/toy-routes.js';

const ErrorDto = z.object({ kind: z.string() }).meta({ id: 'Error' });
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
const document: any = JSON.parse(
  JSON.stringify(
    openapi({ title: 'Toys', version: '1' }, toyRoutes, ErrorDto, { document: 400, fields: 422 }),
  ),
);
const refs = (node: unknown): string[] =>
  typeof node !== 'object' || node === null
    ? []
    : Object.entries(node).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : refs(inner)));

describe('the OpenAPI document', () => {
  it('has every route under its path and method', () => {
    const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`,
      ),
    );
    expect(operations.sort()).toEqual(toyRoutes.map(({ operationId, at }) => `${operationId} ${at}`).sort());
  });

  it('keeps named schemas in one place, whole, and refers to nothing that is not there', () => {
    expect(Object.keys(document.components.schemas).sort()).toEqual(['Error', 'Thing']);
    expect(document.components.schemas.Thing).toMatchObject({
      type: 'object',
      properties: { id: { type: 'string' }, name: { type: 'string' } },
      required: ['id', 'name'],
    });
    const used = refs(document);
    expect(used.length).toBeGreaterThan(toyRoutes.length);
    for (const ref of used)
      expect(
        Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
      ).toContain(ref);
    expect(JSON.stringify(document)).not.toContain('$schema');
  });

  it('describes parameters, the Idempotency-Key among them', () => {
    const named = (at: [string, string]) =>
      document.paths[at[0]][at[1]].parameters.map(
        (p: { in: string; name: string; required: boolean }) => `${p.in} ${p.name} ${p.required}`,
      );
    expect(named(['/things', 'post'])).toEqual(['query dry false', 'header Idempotency-Key false']);
    expect(named(['/things', 'get'])).toEqual([
      'query name false',
      'query size false',
      'header x-mood false',
    ]);
    expect(named(['/things/{id}:verify', 'post'])).toEqual(['path id true']);
    expect(named(['/events', 'get'])).toEqual(['header Last-Event-ID false']);
  });

  it('describes bodies and replies by their media type', () => {
    const content = (path: string, method: string) =>
      Object.keys(document.paths[path][method].requestBody.content);
    expect(content('/things', 'post')).toEqual(['application/json']);
    expect(content('/form', 'post')).toEqual(['application/x-www-form-urlencoded']);
    expect(content('/raw', 'post')).toEqual(['application/octet-stream']);
    expect(content('/blob', 'put')).toEqual(['application/octet-stream']);
    expect(document.paths['/ping'].post.requestBody).toBeUndefined();
    const reply = (path: string, method: string, status: number) =>
      Object.keys(document.paths[path][method].responses[status].content ?? {});
    expect(reply('/page', 'get', 200)).toEqual(['text/html; charset=utf-8']);
    expect(reply('/events', 'get', 200)).toEqual(['text/event-stream']);
    expect(reply('/either', 'get', 200)).toEqual(['application/json', 'text/csv; charset=utf-8']);
    expect(reply('/blob', 'get', 206)).toEqual(['application/octet-stream']);
    expect(reply('/blob', 'get', 304)).toEqual([]);
    expect(reply('/things/{id}', 'delete', 204)).toEqual([]);
  });

  it('lists the statuses that a route can answer with', () => {
    const statuses = (path: string, method: string) =>
      Object.keys(document.paths[path][method].responses).join(' ');
    expect(statuses('/things', 'post')).toBe('201 400 401 403 404 409 413 422 429 503');
    expect(statuses('/blob', 'get')).toBe('200 206 304 416 422 429 503');
    expect(statuses('/ping', 'post')).toBe('200 429 503');
  });
});
