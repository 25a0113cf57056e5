import type { Clock } from '../../../ports/shared/clock.js';
import { own } from '../lookup.js';
import type { State } from '../state.js';
import { eventWire } from '../wire/event.js';
import { poster, tally } from './post.js';

export type Deliveries = {
  /** Events wait here until there is an address, and while they are held. */
  readonly add: (id: string) => void;
  readonly deliverTo: (url: string) => void;
  readonly copies: (count: number) => void;
  readonly hold: (held: boolean) => void;
  readonly held: () => readonly string[];
  readonly release: (ids: readonly string[]) => Promise<void>;
  readonly idle: () => Promise<void>;
  readonly close: () => void;
};

type Given = {
  readonly state: State;
  readonly clock: Clock;
  readonly secret: string;
  readonly delays: readonly number[];
  /** Something of the state has changed that is worth keeping. */
  readonly changed: () => void;
};

/** One event until it is taken or given up: tried again after each delay, beside those that come after it. */
const sender = ({ state, clock, secret, delays, changed }: Given) => {
  const stop = new AbortController();
  const post = poster(clock, secret, stop.signal);
  const timers = new Set<NodeJS.Timeout>();
  const work = tally();
  const to: { url: string | undefined; copies: number } = { url: undefined, copies: 1 };

  const later = (id: string, delay: number): void => {
    work.begin();
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(id).finally(work.end);
    }, delay);
    timers.add(timer);
  };

  const failed = (id: string): void => {
    const tries = (state.undelivered[id] ?? 0) + 1;
    const delay = delays[tries - 1];
    if (delay === undefined) delete state.undelivered[id];
    else {
      state.undelivered[id] = tries;
      later(id, delay);
    }
  };

  const posted = async (url: string, body: string): Promise<boolean> => {
    let taken = true;
    for (let copy = 0; copy < to.copies; copy += 1) taken = (await post(url, body)) && taken;
    return taken;
  };

  const attempt = async (id: string): Promise<void> => {
    const event = own(state.events, id);
    if (event === undefined || to.url === undefined) return;
    const taken = await posted(to.url, JSON.stringify(eventWire(event, 1)));
    if (stop.signal.aborted) return;
    if (taken) delete state.undelivered[id];
    else failed(id);
    changed();
  };

  const close = (): void => {
    stop.abort();
    for (const timer of timers) clearTimeout(timer);
    work.abandon();
  };
  return { to, attempt, work, close };
};

/** Posts events in their order, tries again what was not taken, and gives up in the end. */
export const deliveries = (given: Given): Deliveries => {
  const { to, attempt, work, close } = sender(given);
  const waiting: string[] = [];
  let holding = false;
  let queue = Promise.resolve();

  const send = (id: string): Promise<void> => {
    work.begin();
    queue = queue.then(() => attempt(id)).finally(work.end);
    return queue;
  };

  return {
    add: (id) => {
      given.state.undelivered[id] ??= 0;
      if (holding || to.url === undefined) waiting.push(id);
      else void send(id);
    },
    deliverTo: (url) => {
      to.url = url;
      if (!holding) for (const id of waiting.splice(0)) void send(id);
    },
    copies: (count) => {
      to.copies = count;
    },
    hold: (held) => {
      holding = held;
    },
    held: () => [...waiting],
    release: async (ids) => {
      for (const id of ids) {
        const at = waiting.indexOf(id);
        if (at >= 0) waiting.splice(at, 1);
        await send(id);
      }
    },
    idle: work.idle,
    close,
  };
};
