import Router from '@koa/router';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathPattern, specificity } from '../../../../src/adapters/http/kit/path.js';
import { split } from '../../../../src/adapters/http/kit/route.js';
import { indexRoutes } from '../../../../src/adapters/http/kit/route-index.js';
import { additive } from '../../../../src/adapters/http/training-pipes/additive.js';
import { operations } from '../../../../src/adapters/http/training-pipes/operations.js';

const endpoints = [
  ...Object.values({ ...operations, ...additive }),
  'GET /',
  'GET /{a}',
  'GET /a.b/{c}/d',
] as const;

/** As routes are mounted, with an edge of its own among them. */
const routerOf = (): Router => {
  const router = new Router();
  const sorted = endpoints
    .map((at) => split(at as Parameters<typeof split>[0]))
    .sort((a, b) => (specificity(a.path) < specificity(b.path) ? -1 : 1));
  for (const { method, path } of sorted)
    router.register(pathPattern(path).pattern, [method], () => undefined, {
      name: `${method} ${path}`,
      pathAsRegExp: true,
    });
  router.register(/^\/s3(?:\/.*)?$/, ['GET', 'PUT'], () => undefined, { name: 's3', pathAsRegExp: true });
  router.register(/^\/(either|or)$/, ['GET'], () => undefined, { name: 'either', pathAsRegExp: true });
  return router;
};

const segment = fc.constantFrom(
  ...new Set(endpoints.flatMap((at) => at.split('/').slice(1))),
  ...['', 's3', 'either', 'x', 'x:verify', 'a.b', 'axb', '%70', 'v1', 'projects', 'subscription-plans'],
);
const path = fc.oneof(
  fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
  fc.constantFrom(...endpoints.map((at) => at.slice(at.indexOf(' ') + 1).replaceAll(/\{\w+\}/g, 'an-id'))),
  fc.constantFrom('', '*', '//', '/V1/projects'),
);

describe('routes by how they begin', () => {
  it('are those that would be found among all, in their order', () => {
    const [plain, indexed] = [routerOf(), routerOf()];
    indexRoutes(indexed);
    const namesOf = (router: Router, at: string, method: string) => {
      const { path: onPath, pathAndMethod, route } = router.match(at, method);
      return [onPath.map(({ name }) => name), pathAndMethod.map(({ name }) => name), route];
    };
    fc.assert(
      fc.property(path, fc.constantFrom('GET', 'POST', 'put', 'OPTIONS'), (at, method) => {
        // Twice: what is remembered is the same.
        for (let times = 0; times < 2; times += 1)
          expect(namesOf(indexed, at, method)).toEqual(namesOf(plain, at, method));
      }),
      { numRuns: 2_000 },
    );
  });
});
