import fc from 'fast-check';
import { ResultAsync } from 'neverthrow';
import { expect } from 'vitest';
import type { Emitted } from '../../../../src/adapters/memory/billing/processor-records.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { mirrorCustomer } from '../../../../src/application/billing/events/mirror-customer.js';
import { receiveEvent } from '../../../../src/application/billing/events/receive-event.js';
import { reconcileMirrors } from '../../../../src/application/billing/events/reconcile-mirrors.js';
import { labelsOf } from '../../../../src/domain/billing/labels.js';
import type { Plan } from '../../../../src/domain/billing/plan.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../../src/domain/billing/subscription.js';
import { plus, SECOND } from '../../../../src/domain/shared/time.js';
import type { SubscriptionView } from '../../../../src/ports/billing/mirrored-subscriptions.js';
import type { AuditEntry } from '../../../../src/ports/shared/audit.js';
import { compare, type Platform, unsettled } from './events-comparison.js';
import { aStep, happen, type Step } from './events-history.js';
import { lanes, numbers, type Turn } from './events-lanes.js';
import { meeting, NOW, openStage, type PipelineDeps } from './events-stage.js';

/** At the k-th call of a port one delivery ends in a defect, or the whole process is gone; before it acts or after. */
export type Crash = {
  readonly call: number;
  readonly how: 'throws' | 'dies';
  readonly when: 'before' | 'after';
};

export type Case = {
  readonly steps: readonly Step[];
  /** Decides who goes on, what is lost, repeated and late. */
  readonly seed: number;
  readonly crash: Crash | undefined;
  readonly ending: 'delivered' | 'reconciled';
  /** Some events are not sent before the end, and somebody may reconcile. */
  readonly lost: boolean;
  readonly free: boolean;
};

export const aCase: fc.Arbitrary<Case> = fc.record({
  steps: fc
    .array(aStep, { minLength: 1, maxLength: 9 })
    .map((steps) => [{ kind: 'subscribe' as const, who: 0, price: 0 }, ...steps]),
  seed: fc.integer(),
  crash: fc.option(
    fc.record({
      call: fc.integer({ min: 1, max: 80 }),
      how: fc.constantFrom('throws' as const, 'dies' as const),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
    { nil: undefined },
  ),
  ending: fc.oneof(
    { weight: 4, arbitrary: fc.constant('delivered' as const) },
    { weight: 1, arbitrary: fc.constant('reconciled' as const) },
  ),
  lost: fc.nat(3).map((n) => n === 0),
  free: fc.boolean(),
});

const never = new Promise<never>(() => undefined);
const DEFECT = new Error('a defect');

type Life = {
  /** The ports, as one that goes on by itself has them. */
  readonly deps: (turn: Turn) => PipelineDeps;
  readonly isDead: () => boolean;
};

/** A process: each call of a port waits for its turn, acts, and waits before its answer is heard. */
const lifeOf = (outside: PipelineDeps, crash: Crash | undefined): Life => {
  let [calls, dead] = [0, false];
  const fall = async (how: Crash['how']): Promise<void> => {
    if (how === 'throws') throw DEFECT;
    dead = true;
    await never;
  };
  const meets = async (turn: Turn, act: () => ResultAsync<unknown, unknown>) => {
    await turn();
    if (dead) return never;
    calls += 1;
    const fated = calls === crash?.call ? crash : undefined;
    if (fated?.when === 'before') await fall(fated.how);
    const answer = await act();
    if (fated?.when === 'after') await fall(fated.how);
    await turn();
    return dead ? never : answer;
  };
  return {
    deps: (turn) => meeting((_name, act) => new ResultAsync(meets(turn, act)), outside),
    isDead: () => dead,
  };
};

const PLAN_ID = '00000000-0000-7000-8000-0000000000aa';

/** A plan with the first two prices; the third is one that only the processor knows. */
const planOf = (prices: readonly string[]): Plan => ({
  id: PLAN_ID,
  number: 0,
  version: 1,
  sellerId: PLATFORM,
  catalogue: 'training-pipes',
  name: 'A plan',
  productId: 'prod_plan',
  traits: {},
  prices: prices.slice(0, 2).map((processorId) => ({
    id: `ours of ${processorId}`,
    processorId,
    cost: { amount: 1_000n, currency: 'usd' as never },
    every: { interval: 'month', count: 1 },
    active: true,
  })),
  createdAt: NOW,
  updatedAt: NOW,
});

const freeRow = (customerId: string, id: string): Subscription => ({
  id,
  number: 0,
  version: 1,
  sellerId: PLATFORM,
  customerId,
  truthSource: 'derived',
  status: 'active',
  cancelAtPeriodEnd: false,
  period: { start: NOW, end: plus(NOW, 1_000_000 * SECOND) },
  startedAt: NOW,
});

const entry = (deed: Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>): AuditEntry => ({
  ...deed,
  actor: { kind: 'system' },
  requestId: 'a job',
  at: NOW,
});
const JOB = { id: 'a job', kind: 'billing.reconcile', payload: {} };

/** Two payers of ours, and one at the same processor of whom we know nothing. */
const openPlatform = async (free: boolean): Promise<Platform> => {
  const stage = openStage();
  const prices = [1_000n, 3_000n, 9_000n].map(stage.price);
  const customers = [await stage.customer('one'), await stage.customer('two')];
  const person = { key: 'a stranger', name: 'A stranger', labels: {} };
  const stranger = await stage.memory.checkout.ensureCustomer(PLATFORM_CONNECTION, person);
  const plan = planOf(prices);
  const [one] = customers;
  const set = await stage.billing.run((tx) =>
    tx.plans
      .add(plan)
      .andThen(() => tx.subscriptions.add(freeRow(free && one ? one.id : 'nobody', stage.ids.next()))),
  );
  set._unsafeUnwrap();
  const payers = [...customers.map(({ processorId }) => processorId), stranger._unsafeUnwrap()];
  const ours = new Map(plan.prices.map(({ processorId, id }) => [processorId ?? '', id]));
  const answered: (readonly SubscriptionView[])[] = [];
  const { subscriptions } = stage.memory;
  const ofCustomer: typeof subscriptions.ofCustomer = (at, customer) =>
    subscriptions.ofCustomer(at, customer).map((views) => {
      answered.push(views);
      return views;
    });
  const processor = { ...stage.memory, subscriptions: { ...subscriptions, ofCustomer } };
  return {
    stage: { ...stage, deps: { ...stage.deps, processor } },
    prices,
    payers,
    labels: [...customers.map(labelsOf), {}],
    customers,
    ours,
    answered,
  };
};

const unlessDefect = (problem: unknown): false => {
  if (problem !== DEFECT) throw problem;
  return false;
};

const ATTEMPTS = 20;

/**
 * Lets a history happen at the processor while its events come in, in any order, more than once and not at all, and
 * somebody reconciles; compares what it came to once all is quiet and the last event was taken, or all reconciled.
 */
export const converge = async ({ steps, seed, crash, ending, lost, free }: Case): Promise<void> => {
  const pick = numbers(seed);
  const { lane, untilQuiet, free: allFree } = lanes(numbers(~seed));
  const platform = await openPlatform(free);
  const { stage } = platform;
  const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
  const events = new Map<string, Emitted>();
  const taken = new Set<string>();
  let life = lifeOf(stage.deps, crash);
  const depsOf = (turn: Turn): PipelineDeps => {
    if (life.isDead()) life = lifeOf(stage.deps, undefined);
    return life.deps(turn);
  };
  const waits = async (turn: Turn, most: number): Promise<void> => {
    for (let left = pick(most); left > 0; left -= 1) await turn();
  };
  const deliver = async (event: Emitted, turn: Turn): Promise<void> => {
    const received = receiveEvent(depsOf(turn))(stage.sent(event), stage.clock.now());
    if (await received.then((result) => result.isOk(), unlessDefect)) taken.add(event.id);
  };
  const post = async (event: Emitted): Promise<void> => {
    const turn = lane();
    await waits(turn, 4);
    await deliver(event, turn);
  };
  const reconcile = async (): Promise<void> => {
    const turn = lane();
    await waits(turn, 100);
    await reconcileMirrors(depsOf(turn))(JOB).then(undefined, unlessDefect);
  };
  const emitted = (): readonly Emitted[] => {
    const fresh = hooks.takeEvents();
    for (const event of fresh) events.set(event.id, event);
    return fresh;
  };
  const problems: unknown[] = [];
  const begin = (work: Promise<void>): void => void work.catch((problem) => problems.push(problem));
  const happenAll = async (): Promise<void> => {
    const turn = lane();
    for (const step of steps) {
      await waits(turn, 12);
      await happen(platform, step);
      for (const event of emitted())
        for (let copies = lost ? pick(3) : 1 + Math.floor(pick(5) / 4); copies > 0; copies -= 1)
          begin(post(event));
    }
  };

  begin(happenAll());
  if (lost && pick(3) === 0) begin(reconcile());
  await untilQuiet();
  expect(problems).toEqual([]);

  allFree();
  const turn = lane();
  life = lifeOf(stage.deps, undefined);
  stage.clock.advance(61 * SECOND);
  if (ending === 'reconciled') (await reconcileMirrors(life.deps(turn))(JOB))._unsafeUnwrap();
  else
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      emitted();
      const left = [...events.values()].filter(({ id }) => !taken.has(id));
      if (left.length === 0) break;
      while (left.length > 0)
        for (const event of left.splice(pick(left.length), 1)) await deliver(event, turn);
    }
  stage.clock.advance(61 * SECOND);
  // The jobs that came with the intents.
  for (const { customerId } of await unsettled(platform)) {
    const customer = (await stage.readers.customer(PLATFORM, customerId))._unsafeUnwrap();
    const mirrored = await mirrorCustomer(life.deps(turn))(customer, { entry, surplus: true });
    expect(mirrored.isOk()).toBe(true);
  }
  await compare(platform);
  expect(await unsettled(platform)).toEqual([]);
};
