import { ResultAsync } from 'neverthrow';

/** A place where units meet: each waits there until all have come. One that runs again does not wait twice. */
export const meeting = (parties: number): (() => ResultAsync<void, never>) => {
  let missing = parties;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing <= 0) open();
    return ResultAsync.fromSafePromise(all);
  };
};
