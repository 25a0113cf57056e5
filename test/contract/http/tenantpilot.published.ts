import { readFileSync } from 'node:fs';
import * as z from 'zod';

type Node = { readonly [name: string]: unknown };
const facts: Node = JSON.parse(
  readFileSync('test/contract/published/facts/tenantpilot-subscription-truth.json', 'utf8'),
);

/** OpenAPI 3.0 as JSON Schema: references are put in place, and null is a type. */
const plain = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(plain);
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node) {
    const steps = String(node.$ref).slice(2).split('/');
    return plain(steps.reduce<unknown>((at, step) => (at as Node)[step], facts));
  }
  const { nullable, ...rest } = node as Node;
  const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, plain(value)]));
  return nullable === true ? { anyOf: [inner, { type: 'null' }] } : inner;
};

/** The published x-logical-view-model of a page, to judge answers by. */
export const logicalViewModel = (path: string): z.ZodType => {
  const content = (facts as { paths: Record<string, { get: { responses: Record<string, Node> } }> }).paths[
    path
  ]?.get.responses['200']?.['content'] as { 'text/html': Node };
  return z.fromJSONSchema(plain(content['text/html']['x-logical-view-model']) as never);
};

type PathItem = { readonly servers: readonly [{ readonly url: string }] };

/** Methods and addresses, as the published document has them. */
export const publishedEndpoints = (): string[] =>
  Object.entries((facts as { paths: Record<string, PathItem> }).paths).flatMap(([path, item]) =>
    ['get', 'post']
      .filter((method) => method in item)
      .map((method) => `${method.toUpperCase()} ${item.servers[0].url}${path}`),
  );
