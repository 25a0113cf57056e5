import type { Clock } from '../../ports/shared/clock.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Random } from '../../ports/shared/random.js';
import type { EventRecord } from './records.js';
import type { State } from './state.js';
import type { World } from './world.js';

type Given = {
  readonly state: State;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly base: string;
  /** The call that is being carried out, if any is. */
  readonly request: () => EventRecord['request'];
  readonly told: (eventId: string) => void;
};

/** The world of one sandbox. Its time is the clock's and what the test clock is ahead, and never goes back. */
export const worldOf = ({ state, clock, ids, random, base, request, told }: Given): World => {
  const id = (prefix: string): string => `${prefix}_${ids.next().replaceAll('-', '')}`;
  const world: World = {
    state,
    base,
    random,
    id,
    at: null,
    bankSaysNo: false,
    now: () => world.at ?? Math.max(state.caughtUp, Math.floor((clock.now() + state.ahead) / 1_000)),
    tell: (type, object, previous) => {
      const event: EventRecord = {
        id: id('evt'),
        created: world.now(),
        type,
        object,
        previous: previous ?? null,
        request: request(),
      };
      state.events[event.id] = event;
      told(event.id);
    },
  };
  return world;
};
