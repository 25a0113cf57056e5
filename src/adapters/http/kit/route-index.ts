import type Router from '@koa/router';

type Layer = Router['stack'][number];
/** What can be told of all paths that a pattern fits: how they begin and end, and of how many segments they are. */
type Outline = {
  readonly head: readonly string[];
  /** Undefined: they end in many ways. */
  readonly last: string | undefined;
  readonly segments: number | undefined;
};
type Outlined = readonly [Layer, Outline];
/** The routes for paths of one beginning: of those that end like some of the routes, and of all others. */
type Group = { readonly ending: ReadonlyMap<string, Layer[]>; readonly others: Layer[] };

const ANY: Outline = { head: [], last: undefined, segments: undefined };
const LITERAL = /^[\w:-]+$/;
/** Letters, escaped ones, and parameters, which end with their segment. */
const SEGMENT = /^(?:[\w:-]|\\\.|\(\[\^\/:\]\+\))+$/;
/** Segments by which paths are told apart. */
const DEPTH = 2;

const outlineOf = ({ source, flags }: RegExp): Outline => {
  const [, path] = /^\^\\\/(.*)\$$/.exec(source) ?? [];
  if (path === undefined || flags !== '') return ANY;
  const segments = path.split('\\/');
  if (!segments.every((segment) => SEGMENT.test(segment))) return ANY;
  const open = segments.findIndex((segment) => !LITERAL.test(segment));
  const literal = open < 0 ? segments : segments.slice(0, open);
  const last = segments.at(-1) ?? '';
  return {
    head: literal.slice(0, DEPTH),
    last: LITERAL.test(last) ? last : undefined,
    segments: segments.length,
  };
};

const fits = ({ head, segments }: Outline, path: readonly string[]): boolean =>
  (segments === undefined || segments === path.length) && head.every((segment, n) => segment === path[n]);

const byEnding = (routes: readonly Outlined[]): Group => {
  const layersFor = (end: string | undefined): Layer[] =>
    routes.filter(([, { last }]) => last === undefined || last === end).map(([layer]) => layer);
  const ends = new Set(routes.map(([, { last }]) => last).filter((last) => last !== undefined));
  return { ending: new Map([...ends].map((end) => [end, layersFor(end)])), others: layersFor(undefined) };
};

/**
 * Has a router try only the routes that a path can be of, in the same order: with all contracts on one router, most
 * of them are not. To be called when all routes are there.
 */
export const indexRoutes = (router: Router): void => {
  const routes = router.stack.map(
    (layer): Outlined => [layer, layer.regexp instanceof RegExp ? outlineOf(layer.regexp) : ANY],
  );
  const known = new Map<string, Group>();
  const groupOf = (segments: readonly string[]): Group => {
    const key = `${segments.length} ${segments[0]}/${segments[1]}`;
    const before = known.get(key);
    if (before) return before;
    const found = routes.filter(([, outline]) => fits(outline, segments));
    const group = byEnding(found);
    // Of beginnings that routes have there are so many; of others as many as anybody can think of.
    const isOfRoutes = found.some(([, { head }]) => head.length === Math.min(DEPTH, segments.length));
    if (isOfRoutes) known.set(key, group);
    return group;
  };
  const candidatesFor = (path: string): Layer[] => {
    const segments = path.split('/').slice(1);
    const { ending, others } = groupOf(segments);
    return ending.get(segments.at(-1) ?? '') ?? others;
  };
  const { match } = router;
  router.match = (path, method) => match.call({ stack: candidatesFor(path) } as Router, path, method);
};
