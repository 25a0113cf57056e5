/** At most `width` at a time, in order of their beginning; none begins after `signal` is aborted. */
export const inParallel = async <T>(
  items: Iterable<T>,
  width: number,
  signal: AbortSignal,
  work: (item: T) => PromiseLike<unknown>,
): Promise<void> => {
  const queue = items[Symbol.iterator]();
  const next = async (): Promise<void> => {
    for (let item = queue.next(); !item.done && !signal.aborted; item = queue.next()) await work(item.value);
  };
  await Promise.all(Array.from({ length: width }, next));
};
