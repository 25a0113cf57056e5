import { errAsync, ResultAsync } from 'neverthrow';
import { SECOND } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { FleetDeps } from '../deps.js';

/** A step ends within this, long before its lease does. */
const STEP = 10 * SECOND;

/** Calls of a provider, for as long as one step may take. */
export type Timed = <T, E>(call: () => ResultAsync<T, E>) => ResultAsync<T, E | Unavailable>;

const late: Unavailable = { kind: 'unavailable', dependency: 'provider', cause: 'no answer in time' };

/** One budget for all calls of a step; what is asked after it is spent is not asked at all. */
export const stepBudget = ({ clock, pause }: Pick<FleetDeps, 'clock' | 'pause'>): Timed => {
  const end = clock.now() + STEP;
  return <T, E>(call: () => ResultAsync<T, E>) => {
    const left = end - clock.now();
    if (left <= 0) return errAsync<T, E | Unavailable>(late);
    const tooLate = pause.wait(left).andThen(() => errAsync<T, E | Unavailable>(late));
    return new ResultAsync<T, E | Unavailable>(Promise.race([call(), tooLate]));
  };
};
