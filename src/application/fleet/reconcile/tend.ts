import { ok, ResultAsync, safeTry } from 'neverthrow';
import type { Tending } from '../../../domain/fleet/decide.js';
import type { World } from '../../../domain/fleet/world.js';
import type { FleetDeps } from '../deps.js';
import type { Acted, Acting } from './acting.js';
import { waysTo } from './exports.js';
import { seenExports } from './look.js';

/** What one failing export keeps from being done is its own; the others are tended all the same. */
type Trouble = { readonly kind: string };
type Tended = ResultAsync<Acted, never>;

const served = (
  deps: FleetDeps,
  { provider, fileSystems, world, ref, timed }: Acting,
  ids: readonly string[],
): Tended =>
  safeTry<Acted, never>(async function* () {
    const wanted = fileSystems.filter(({ id }) => ids.includes(id));
    const ways = await waysTo(deps, wanted);
    if (ways.isErr()) return ok({ world, trouble: ways.error });
    const { exports, refused } = ways.value;
    // Whoever is not named ends: an export that is up is not ended because its source is out of reach now.
    const stuck = [...refused.keys()].some((id) => world.exports.has(id));
    if (stuck) return ok({ world: { ...world, refused }, trouble: { kind: 'source_not_ready' } });
    const states = await timed(() => provider.control.exports(ref, exports));
    if (states.isOk())
      return ok({
        world: { ...world, refused, exports: seenExports(states.value), outdated: new Set<string>() },
      });
    const { error } = states;
    if (error.kind !== 'provider_refused') return ok({ world: { ...world, refused }, trouble: error });
    const all = exports.map(({ fileSystemId }) => [fileSystemId, error.reason] as const);
    return ok({ world: { ...world, refused: new Map([...refused, ...all]) } });
  });

type Asked<T> = { readonly answers: ReadonlyMap<string, T>; readonly trouble?: Trouble | undefined };

/** Asks about one file system after the other; who does not answer is left out. */
const askAll = async <T>(
  ids: readonly string[],
  ask: (id: string) => ResultAsync<T, Trouble>,
): Promise<Asked<T>> => {
  const answers = new Map<string, T>();
  let trouble: Trouble | undefined;
  for (const id of ids) {
    const answer = await ask(id);
    if (answer.isOk()) answers.set(id, answer.value);
    else trouble = answer.error;
  }
  return { answers, trouble };
};

const drained = ({ provider: { control }, ref, timed }: Acting, ids: readonly string[]) =>
  askAll<number>(ids, (id) =>
    timed(() => control.drain(ref, id)).andThen(() => timed(() => control.dirty(ref, id))),
  );

/** What is clean needs no flush: everything written before it was asked for is in the bucket. */
const flushed = ({ provider: { control }, ref, timed }: Acting, ids: readonly string[]) =>
  askAll<number>(ids, (id) =>
    timed(() => control.dirty(ref, id)).andThen((dirty) =>
      dirty === 0 ? ok(dirty) : timed(() => control.flush(ref, id)).map(() => dirty),
    ),
  );

const preloaded = ({ provider, ref, timed }: Acting, ids: readonly string[]) =>
  askAll<boolean>(ids, (id) => timed(() => provider.control.preload(ref, id)));

/** Gives up what the instance holds of these file systems. */
export const discard = (
  { provider: { control }, ref, timed, world }: Acting,
  ids: readonly string[],
): Tended =>
  ResultAsync.fromSafePromise(
    askAll<true>(ids, (id) => timed(() => control.discard(ref, id)).map(() => true as const)),
  ).map(({ answers, trouble }) => ({ world: { ...world, discarded: new Set(answers.keys()) }, trouble }));

/** All that the exports of a running instance need now. */
export const tend = (deps: FleetDeps, acting: Acting, { serve, drain, flush, preload }: Tending): Tended =>
  safeTry<Acted, never>(async function* () {
    const { world: seen, trouble } = serve ? yield* served(deps, acting, serve) : { world: acting.world };
    const up = (id: string) => seen.exports.has(id);
    const drains = await drained(acting, drain.filter(up));
    const flushes = await flushed(acting, flush.filter(up));
    const preloads = await preloaded(acting, preload.filter(up));
    const world: World = {
      ...seen,
      dirty: new Map([...drains.answers, ...flushes.answers]),
      preloaded: new Set([...preloads.answers].flatMap(([id, done]) => (done ? [id] : []))),
    };
    return ok({ world, trouble: trouble ?? drains.trouble ?? flushes.trouble ?? preloads.trouble });
  });
