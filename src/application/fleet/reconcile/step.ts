import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { decide, type Step } from '../../../domain/fleet/decide.js';
import { isSettled, leftOn, placed, type Rows, reflect } from '../../../domain/fleet/reflect.js';
import { RESYNC, SOON, unseen, type World } from '../../../domain/fleet/world.js';
import { backoff } from '../../../domain/shared/backoff.js';
import { type Instant, plus } from '../../../domain/shared/time.js';
import type { Provider } from '../../../ports/fleet/providers.js';
import type { ClaimedGateway } from '../../../ports/fleet/unit-of-work.js';
import type { NotFound, StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { LeaseLost } from '../../../ports/shared/jobs.js';
import type { FleetDeps } from '../deps.js';
import { act } from './act.js';
import { stepBudget, type Timed } from './deadline.js';
import { outdatedAmong } from './exports.js';
import { look } from './look.js';
import { record } from './record.js';

/** When the gateway is due again, and how many failures in a row it has then. */
type Verdict = {
  readonly dueAt: Instant;
  readonly attempts: number;
  readonly seenAt?: Instant | undefined;
};
type Hindrance = NotFound | StaleVersion | LeaseLost | Unavailable;

const rowsOf = ({ fleet }: FleetDeps, { gateway: { accountId, id } }: ClaimedGateway) =>
  fleet.run((tx) =>
    tx.gateways
      .get(accountId, id)
      .andThen((gateway) =>
        tx.fileSystems.on(accountId, id).map((fileSystems): Rows => ({ gateway, fileSystems })),
      ),
  );

type Hand = {
  readonly claimed: ClaimedGateway;
  readonly provider: Provider;
  readonly timed: Timed;
};

/** The token, and where the instance is to live, are on record before anybody asks for one. */
const place = (deps: FleetDeps, { claimed, provider }: Hand, before: Rows, world: World) => {
  const given = { token: deps.ids.next(), hostId: provider.hostId, at: world.at };
  const after: Rows = { ...before, gateway: placed(before.gateway, given) };
  return record(deps, { before, after, world, epoch: claimed.epoch }).andThen(() => rowsOf(deps, claimed));
};

const same = (a: Rows, b: Rows): boolean => JSON.stringify(a) === JSON.stringify(b);

const FAILURES: readonly Step['kind'][] = ['replace', 'give_up'];

/** An instance that failed and is started, or that is replaced, counts as a failure until all is settled. */
const isFailure = ({ kind }: Step, world: World): boolean =>
  FAILURES.includes(kind) || (kind === 'start' && world.instance.state === 'failed');

const looked = (deps: FleetDeps, hand: Hand): ResultAsync<{ rows: Rows; world: World }, Hindrance> =>
  safeTry<{ rows: Rows; world: World }, Hindrance>(async function* () {
    const { claimed, provider, timed } = hand;
    const rows = yield* rowsOf(deps, claimed);
    const at = deps.clock.now();
    const held = { gateway: rows.gateway, seenAt: claimed.seenAt };
    const seen = yield* look(provider, held, at, timed);
    const world: World = { ...seen, outdated: yield* outdatedAmong(deps, rows.fileSystems, seen) };
    const { attempts } = claimed;
    if (decide({ ...rows, world, attempts }).kind !== 'place') return ok({ rows, world });
    const settled = yield* place(deps, hand, rows, world);
    return ok({ rows: settled, world: { ...unseen(at, { state: 'unmade' }), seenAt: claimed.seenAt } });
  });

/** Look, decide, act, record: one step of one gateway, by whoever holds its lease. */
const stepped = (deps: FleetDeps, hand: Hand): ResultAsync<Verdict, Hindrance> =>
  safeTry<Verdict, Hindrance>(async function* () {
    const { claimed, provider, timed } = hand;
    const { rows, world } = yield* looked(deps, hand);
    const step = decide({ ...rows, world, attempts: claimed.attempts });
    const { instance } = world;
    const ref = 'ref' in instance ? instance.ref : (rows.gateway.ref ?? '');
    const { world: then, trouble } = yield* act(deps, { ...rows, provider, world, ref, timed }, step);
    const now: World = { ...then, at: deps.clock.now() };
    const after = reflect(rows, now);
    yield* record(deps, { before: rows, after, world: now, epoch: claimed.epoch });
    const failed = trouble !== undefined || isFailure(step, world);
    const next = decide({
      gateway: after.gateway,
      fileSystems: leftOn(after),
      world: now,
      attempts: claimed.attempts,
    });
    const moving = !same(rows, after) && next.kind !== 'rest';
    return ok(verdict(claimed, now, { failed, moving, after }));
  });

const verdict = (
  { attempts: before, gateway: { id } }: ClaimedGateway,
  { at, instance }: World,
  { failed, moving, after }: { failed: boolean; moving: boolean; after: Rows },
): Verdict => {
  const seenAt = instance.state === 'running' ? at : undefined;
  if (failed) {
    const attempts = before + 1;
    return { dueAt: plus(at, backoff({ id, attempts })), attempts, seenAt };
  }
  const settled = isSettled({ gateway: after.gateway, fileSystems: leftOn(after) });
  const soon = settled ? RESYNC : SOON;
  return { dueAt: moving ? at : plus(at, soon), attempts: settled ? 0 : before, seenAt };
};

/** What hindered a step, as the time at which it is tried again. What is no more needs no further step. */
const hindered = (
  { clock }: FleetDeps,
  { attempts, gateway: { id } }: ClaimedGateway,
  failure: Hindrance,
): ResultAsync<Verdict | undefined, LeaseLost> => {
  const at = clock.now();
  if (failure.kind === 'lease_lost')
    return err<never, LeaseLost>(failure).asyncAndThen(() => okAsync(undefined));
  if (failure.kind === 'not_found') return okAsync(undefined);
  if (failure.kind === 'stale_version') return okAsync({ dueAt: at, attempts });
  return okAsync({ dueAt: plus(at, backoff({ id, attempts: attempts + 1 })), attempts: attempts + 1 });
};

/** One step of a gateway that was claimed, and the end of the claim. A worker whose lease ran out leaves no trace. */
export const stepGateway =
  (deps: FleetDeps) =>
  (claimed: ClaimedGateway): ResultAsync<void, LeaseLost | Unavailable> => {
    const provider = deps.providers.get(claimed.gateway.provider);
    if ('hint' in provider)
      return deps.leases.release(claimed, plus(deps.clock.now(), RESYNC), claimed.attempts);
    const timed = stepBudget(deps);
    return stepped(deps, { claimed, provider, timed })
      .map((done): Verdict | undefined => done)
      .orElse((failure) => hindered(deps, claimed, failure))
      .andThen((done) =>
        done ? deps.leases.release(claimed, done.dueAt, done.attempts, done.seenAt) : okAsync(undefined),
      );
  };
