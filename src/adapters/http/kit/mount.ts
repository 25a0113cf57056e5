import type Router from '@koa/router';
import type { Context } from 'koa';
import { err, type Result } from 'neverthrow';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Digest } from '../../../ports/shared/digest.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import type { RateLimits } from '../../../ports/shared/rate-limits.js';
import type { Dialect, Failure } from './dialect.js';
import type { Presented } from './guard.js';
import { parse, parseParams } from './parse.js';
import { paramsOf, pathPattern, specificity } from './path.js';
import { refuse } from './refuse.js';
import { type AnyRoute, split, statusesOf } from './route.js';
import { send, UndeclaredReply } from './send.js';
import type { SendOptions } from './send-options.js';
import { TIMING, type Timing } from './timing.js';
import { type Turns, turns } from './turns.js';

/**
 * Looks at a time whether the clients of event streams would still be let in. They beat as they came, often all at
 * once, and the requests of everybody else are not to stand behind a thousand of them.
 */
const LOOKS = 8;

export type MountOptions<App> = {
  readonly app: App;
  readonly dialect: Dialect;
  readonly limits: RateLimits<'requests'>;
  readonly digest: Digest;
  readonly clock: Clock;
  /** Outside production: what a route does not declare throws. */
  readonly strict: boolean;
  readonly report: (problem: string) => void;
  readonly stopping: AbortSignal;
  readonly timing?: Partial<Timing>;
};

/** A route with all that can be known of it before the first request. */
type Mounted<App> = Omit<MountOptions<App>, 'timing'> &
  SendOptions & {
    readonly route: AnyRoute<App>;
    readonly names: readonly string[];
    readonly statuses: ReadonlySet<number>;
    readonly looks: Turns;
  };

/** Registers one contract's routes. What differs from route to route is all in the routes. */
export const mount = <App>(
  router: Router,
  routes: readonly AnyRoute<App>[],
  options: MountOptions<App>,
): void => {
  const timing = { ...TIMING, ...options.timing };
  const looks = turns(LOOKS);
  const rank = (route: AnyRoute<App>): string => specificity(split(route.at).path);
  for (const route of [...routes].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))) {
    const { method, path } = split(route.at);
    const { pattern, names } = pathPattern(path);
    const { operationId } = route;
    const statuses = new Set(statusesOf(route as unknown as AnyRoute<never>, options.dialect.statuses));
    const mounted: Mounted<App> = { ...options, timing, route, operationId, names, statuses, looks };
    router.register(pattern, [method], handler(mounted), { name: operationId, pathAsRegExp: true });
  }
};

const handler =
  <App>(mounted: Mounted<App>) =>
  async (ctx: Context) => {
    const { route } = mounted;
    ctx.state['operationId'] = route.operationId;
    ctx.state['dialect'] = mounted.dialect;
    const result = await answer(mounted, ctx);
    const options =
      route.reply.kind === 'sse'
        ? { ...mounted, admitted: () => mounted.looks(() => isAdmitted(mounted, ctx)) }
        : mounted;
    const failure = result.isErr() ? result.error : await send(ctx, route.reply, result.value, options);
    if (failure) refuse(ctx, route, failure, mounted);
    declared(mounted, ctx.status);
  };

/** 401, 429, malformed document, bad fields, not found, forbidden; only then the use case. */
const answer = async <App>(mounted: Mounted<App>, ctx: Context): Promise<Result<unknown, Failure>> => {
  const { route, app, limits, timing } = mounted;
  const visit = ctx.state['visit'] as Visit;
  const presented = presentedBy(mounted, ctx, visit);
  const admission = await route.auth.admit(app, presented);
  if (admission.isErr()) return err(await refusedAtDoor(mounted, visit, admission.error));
  const { identity, place } = admission.value;
  ctx.state['identity'] = identity;
  const allowed = await limits.consume('requests', identity);
  if (allowed.isErr()) return err(allowed.error);
  const parsed = await parse(route, ctx, timing);
  if (parsed.isErr()) return err(parsed.error);
  const named = parseParams(route, presented.params);
  if (named.isErr()) return err(named.error);
  if (place.isErr()) return err(place.error);
  return route.run(app, {
    ...parsed.value.request,
    params: named.value,
    principal: place.value,
    once: onceOf(mounted, ctx, identity, parsed.value.bytes),
    lastEventId: route.reply.kind === 'sse' ? presented.header('last-event-id') : undefined,
    visit,
  });
};

/** Whoever is not let in is counted by address, so that tokens cannot be tried without end. */
const refusedAtDoor = async <App>(
  { limits }: Mounted<App>,
  { address }: Visit,
  failure: Failure,
): Promise<Failure> => {
  if (failure.kind !== 'unauthenticated') return failure;
  const allowed = await limits.consume('requests', `address:${address}`);
  return allowed.isErr() && allowed.error.kind === 'rate_limited' ? allowed.error : failure;
};

const presentedBy = <App>({ names }: Mounted<App>, ctx: Context, visit: Visit): Presented => ({
  authorization: ctx.get('authorization') || undefined,
  header: (name) => ctx.get(name) || undefined,
  params: paramsOf(names, ctx['captures'] as string[]),
  visit,
});

/** Whether the client of a stream would be let in now. While nobody can tell, it stays: what it sees is asked there too. */
const isAdmitted = async <App>(mounted: Mounted<App>, ctx: Context): Promise<boolean> => {
  const { route, app, clock } = mounted;
  const visit = { ...(ctx.state['visit'] as Visit), at: clock.now() };
  const admission = await route.auth.admit(app, presentedBy(mounted, ctx, visit));
  return admission.match(
    ({ place }) => place.isOk(),
    ({ kind }) => kind === 'unavailable',
  );
};

/** The key stands for this very request: the same path, query and bytes. */
const onceOf = <App>(
  { route, digest }: Mounted<App>,
  ctx: Context,
  identity: string,
  bytes: Buffer | undefined,
): Once | undefined => {
  const key = ctx.headers['idempotency-key'];
  if (!route.idempotent || typeof key !== 'string') return undefined;
  const fingerprint = digest.sha256(`${ctx.method} ${ctx.url}\n${bytes?.toString('base64') ?? ''}`);
  const { at } = ctx.state['visit'] as Visit;
  return { scope: `${identity} ${route.operationId}`, key, fingerprint, at };
};

const declared = <App>({ statuses, operationId, strict, report }: Mounted<App>, status: number): void => {
  if (statuses.has(status)) return;
  const problem = `${operationId} answered ${status}, which it does not declare`;
  if (strict) throw new UndeclaredReply(problem);
  report(problem);
};
