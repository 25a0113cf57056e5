import { err, errAsync, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { type Instant, instant, SECOND } from '../../../domain/shared/time.js';
import type {
  ConnectionRef,
  PaymentDeclined,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from '../../../ports/billing/processor.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Emitted, World } from './processor-records.js';

/** No answer, and nothing was done or all was done; or the bank says no to whatever is charged. */
export type ProcessorFault = 'before' | 'after' | 'declined';

export type ProcessorFaults = {
  /** The next calls of this name (of any, unless said) meet this. Names are those of the ports' functions. */
  readonly next: (fault: ProcessorFault, on?: { readonly call?: string; readonly times?: number }) => void;
  readonly clear: () => void;
};

type Planned = { readonly fault: ProcessorFault; readonly call: string | undefined; left: number };

export const plannedFaults = (): ProcessorFaults & {
  readonly take: (call: string) => ProcessorFault | undefined;
} => {
  const planned: Planned[] = [];
  return {
    next: (fault, { call, times = 1 } = {}) => {
      planned.push({ fault, call, left: times });
    },
    take: (call) => {
      const found = planned.find((one) => one.left > 0 && (one.call ?? call) === call);
      if (found) found.left -= 1;
      return found?.fault;
    },
    clear: () => {
      planned.length = 0;
    },
  };
};

/** An account in which nothing has happened yet. Time is in whole seconds, as payment systems count. */
export const newWorld = (now: () => Instant): World => {
  let count = 0;
  return {
    now: () => instant(Math.floor(now() / SECOND) * SECOND),
    id: (prefix) => {
      count += 1;
      return `${prefix}_${count}`;
    },
    prices: new Map(),
    lookups: new Map(),
    customers: new Map(),
    sessions: new Map(),
    subscriptions: new Map(),
    invoices: new Map(),
    refunds: new Map(),
    usage: new Map(),
    emitted: [],
    answers: new Map(),
    bankSaysNo: false,
  };
};

/** Tells that something has changed. */
export const emit = (world: World, event: Omit<Emitted, 'id' | 'at'>): void => {
  world.emitted.push({ id: world.id('evt'), at: world.now(), ...event });
};

export const missing = (what: string): ProcessorMissing => ({ kind: 'processor_missing', what });
export const refused = (code: string, reason: string): ProcessorRefused => ({
  kind: 'processor_refused',
  code,
  reason,
});

type Refusal = ProcessorMissing | ProcessorRefused | PaymentDeclined;

const BROKEN: Unavailable = { kind: 'unavailable', dependency: 'memory processor', cause: 'a fault' };

const written = (input: unknown): string =>
  JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

/** The same again is answered as at first; a refusal without effect is not remembered, a bank's is. */
const once = <T, E extends Refusal>(
  world: World,
  input: { readonly key: string },
  call: string,
  work: () => Result<T, E>,
): Result<T, E | ProcessorRefused> => {
  const asked = written([call, input]);
  const before = world.answers.get(input.key);
  if (before !== undefined && before.asked !== asked)
    return err(refused('idempotency_error', 'This key was used with other parameters.'));
  if (before !== undefined) return structuredAnswer<Result<T, E>>(before.answer);
  const answer = work();
  if (answer.isOk() || answer.error.kind === 'payment_declined')
    world.answers.set(input.key, { asked, answer });
  return answer;
};

const structuredAnswer = <R>(answer: unknown): R => answer as R;

/** Makes calls: what may befall one, and which account it is for. */
export type Calls = {
  readonly plain: <T, E extends Refusal>(
    at: ConnectionRef,
    call: string,
    work: (world: World) => Result<T, E>,
  ) => ResultAsync<T, E | PaymentsNotConfigured | Unavailable>;
  readonly keyed: <T, E extends Refusal>(
    at: ConnectionRef,
    call: string,
    input: { readonly key: string },
    work: (world: World) => Result<T, E>,
  ) => ResultAsync<T, E | ProcessorRefused | PaymentsNotConfigured | Unavailable>;
};

export const processorCalls = (
  worldOf: (at: ConnectionRef) => World | undefined,
  take: (call: string) => ProcessorFault | undefined,
): Calls => {
  const plain: Calls['plain'] = (at, call, work) => {
    const world = worldOf(at);
    if (world === undefined) return errAsync({ kind: 'payments_not_configured' as const });
    const fault = take(call);
    if (fault === 'before') return errAsync(BROKEN);
    world.bankSaysNo = fault === 'declined';
    const done = work(world);
    world.bankSaysNo = false;
    // One turn later at the earliest, as from a network, and a copy, so that nobody holds on to the inside.
    return fault === 'after' ? errAsync(BROKEN) : okAsync(undefined).andThen(() => done.map(copied));
  };
  return {
    plain,
    keyed: (at, call, input, work) => plain(at, call, (world) => once(world, input, call, () => work(world))),
  };
};

const copied = <T>(value: T): T => structuredClone(value);
