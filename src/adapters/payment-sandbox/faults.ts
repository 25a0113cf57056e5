/**
 * What can happen to a call: no answer at all or a cut connection, before it was carried out or after; 429; 500,
 * also one that is kept under its key, before or after; or whatever card it charges says no.
 */
export type CallFault =
  | 'timeout_before'
  | 'timeout_after'
  | 'cut_before'
  | 'cut_after'
  | 'rate_limited'
  | 'server_error'
  | 'kept_error_before'
  | 'kept_error_after'
  | 'declined';

export type Faults = {
  /** The next call (or `times` calls, Infinity for an outage) whose `METHOD /path` starts with `call` meets this. */
  readonly next: (fault: CallFault, on?: { readonly call?: string; readonly times?: number }) => void;
  /** From now on every event is posted this many times. */
  readonly copies: (count: number) => void;
  /** From now on events wait until they are released: a delay, or another order. */
  readonly hold: () => void;
  /** Ids and types of the events that wait, oldest first. */
  readonly held: () => readonly { readonly id: string; readonly type: string }[];
  /** Posts these one after another, each after the answer to the one before; all that wait, oldest first, unless said. */
  readonly release: (ids?: readonly string[]) => Promise<void>;
  /** No more faults; what is held stays until it is released. */
  readonly clear: () => void;
};

type Planned = { readonly fault: CallFault; readonly call: string; left: number };

/** The faults of calls that are still to come. */
export type PlannedFaults = {
  readonly plan: (fault: CallFault, on?: { readonly call?: string; readonly times?: number }) => void;
  /** What this call meets, used up by asking. */
  readonly take: (call: string) => CallFault | undefined;
  readonly clear: () => void;
};

export const plannedFaults = (): PlannedFaults => {
  const planned: Planned[] = [];
  return {
    plan: (fault, { call = '', times = 1 } = {}) => {
      planned.push({ fault, call, left: times });
    },
    take: (call) => {
      const found = planned.find((fault) => fault.left > 0 && call.startsWith(fault.call));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
    clear: () => {
      planned.length = 0;
    },
  };
};
