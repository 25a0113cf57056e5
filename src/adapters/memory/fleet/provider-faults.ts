import { err, type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';

/**
 * What may befall a call: it takes its time; it fails and nothing happened; it fails though all happened; it
 * happened and nobody is ever told.
 */
export type Fault = 'none' | 'delay' | 'error_before' | 'error_after' | 'lost_reply';
export type FaultOf = (call: string) => Fault;

const DELAY = 40;
const BROKEN: Unavailable = { kind: 'unavailable', dependency: 'memory provider', cause: 'a fault' };

/** So many turns of others, before it is one's own. */
const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i += 1) await Promise.resolve();
};

/** What an answer becomes on its way back. */
const told = <T, E>(fault: Fault, done: Result<T, E>): Result<T, E | Unavailable> | Promise<never> => {
  if (fault === 'lost_reply') return new Promise<never>(() => undefined);
  return fault === 'error_after' ? err(BROKEN) : done;
};

/** Calls that this may befall. */
export const faulty =
  (faultOf: FaultOf, note: (call: string) => void) =>
  <T, E>(call: string, work: () => Result<T, E>): ResultAsync<T, E | Unavailable> => {
    const play = async (): Promise<Result<T, E | Unavailable>> => {
      note(call);
      const fault = faultOf(call);
      const time = fault === 'delay' ? DELAY : 1;
      await turns(time);
      if (fault === 'error_before') return err(BROKEN);
      const done = work();
      await turns(time);
      return told(fault, done);
    };
    return new ResultAsync(play());
  };
export type Faulty = ReturnType<typeof faulty>;
