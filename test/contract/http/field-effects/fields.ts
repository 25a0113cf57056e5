import * as z from 'zod';
import { openapi } from '../../../../src/adapters/http/kit/openapi.js';
import type { AnyRoute } from '../../../../src/adapters/http/kit/route.js';

/**
 * By operation, each field of its request, and the title of a test that fails when the field does nothing.
 * A field is `query name`, `header name`, `body name` (`body outer.inner`, `body list[].inner`), or `body` where
 * the bytes are taken as they are.
 */
export type FieldEffects = Readonly<Record<string, Readonly<Record<string, string>>>>;

type Schema = {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
} & Readonly<Partial<Record<'oneOf' | 'anyOf' | 'allOf', readonly Schema[]>>>;
type Named = Readonly<Record<string, Schema>>;
type Operation = {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query' | 'header' }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Named };
};

const fieldsIn = (schema: Schema, named: Named, at = ''): readonly string[] => {
  const { $ref, properties = {}, items, oneOf = [], anyOf = [], allOf = [] } = schema;
  if ($ref !== undefined) return fieldsIn(named[$ref.split('/').at(-1) ?? ''] ?? {}, named, at);
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => {
      const path = at === '' ? name : `${at}.${name}`;
      return [path, ...fieldsIn(inner, named, path)];
    }),
    ...(items ? fieldsIn(items, named, `${at}[]`) : []),
    ...[...oneOf, ...anyOf, ...allOf].flatMap((one) => fieldsIn(one, named, at)),
  ];
};

const bodyOf = ({ requestBody }: Operation, named: Named): readonly string[] => {
  if (requestBody === undefined) return [];
  const fields = Object.values(requestBody.content).flatMap(({ schema }) => fieldsIn(schema, named));
  return fields.length === 0 ? ['body'] : fields.map((field) => `body ${field}`);
};

/**
 * Every field that a request to one of the routes can have, as `operation: field`, but for what stands in the
 * path. Taken from the document of the routes, which the contract's suite holds to the published one.
 */
export const requestFields = (routes: readonly AnyRoute<never>[]): readonly string[] => {
  const document = openapi({ title: '', version: '' }, routes, z.unknown()) as Document;
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  return operations.flatMap((operation) => {
    const parameters = operation.parameters
      .filter((one) => one.in !== 'path')
      .map((one) => `${one.in} ${one.name.toLowerCase()}`);
    const fields = new Set([...parameters, ...bodyOf(operation, document.components.schemas)]);
    return [...fields].map((field) => `${operation.operationId}: ${field}`);
  });
};

/** The titles of the tests in a source file, as they are written there. */
export const titlesIn = (source: string): readonly string[] =>
  [...source.matchAll(/(?:\bit|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1,/g)].map(([, , title = '']) => title);
