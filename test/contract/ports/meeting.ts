import { ResultAsync } from 'neverthrow';

/** Two units meet here: each waits until both have come this far, at most once each. */
export const meeting = (parties: number) => {
  let missing = parties;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async (): Promise<void> => {
    missing -= 1;
    if (missing <= 0) open();
    await all;
  };
};
/** A step of a unit that takes as long as the promise does. */
export const wait = (met: () => Promise<void>): ResultAsync<void, never> =>
  ResultAsync.fromSafePromise(met());
