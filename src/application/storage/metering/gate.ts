/** Work on something that many may do at once, and some only while nobody else is at it. */
export type Gate = {
  readonly together: <T>(work: () => PromiseLike<T>) => Promise<T>;
  /** Waits for all who are at it; whoever comes later waits for this. */
  readonly alone: <T>(work: () => PromiseLike<T>) => Promise<T>;
};

const forget = (): undefined => undefined;

/** A gate of this process. */
export const gate = (): Gate => {
  let last: Promise<unknown> = Promise.resolve();
  const within = new Set<Promise<unknown>>();
  return {
    together: (work) => {
      const done = last.then(work);
      const over = done.then(forget, forget);
      within.add(over);
      void over.then(() => within.delete(over));
      return done;
    },
    alone: (work) => {
      const done = Promise.all([last, ...within]).then(work);
      last = done.then(forget, forget);
      return done;
    },
  };
};
