import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';

/** How old a decision may be, in milliseconds (ADR 20). */
export const MAX_AGE = 250;

type Entry<T, E> = { readonly began: Instant; readonly answer: ResultAsync<T, E> };

/** What `read` answers for this key, or answered not long ago. It is told when it begins. */
export type Recent<T, E> = (key: string, read: (at: Instant) => ResultAsync<T, E>) => ResultAsync<T, E>;

/**
 * Answers that are at most MAX_AGE old, counted from the moment before they were asked for, so that whatever was
 * committed earlier than that is in them. Who asks while an answer is on its way waits for the same one; failures are
 * not kept; `most` of them are.
 */
export const recent = <T, E>({
  clock,
  most,
}: {
  readonly clock: Clock;
  readonly most: number;
}): Recent<T, E> => {
  // In the order in which they began: what has to go is always at its front.
  const entries = new Map<string, Entry<T, E>>();
  // A clock that was put back makes entries of the future, which tell of no age.
  const isFresh = ({ began }: Entry<T, E>, now: Instant): boolean => began <= now && now - began < MAX_AGE;
  const makeRoom = (now: Instant): void => {
    for (const [key, entry] of entries) {
      if (entries.size < most && isFresh(entry, now)) return;
      entries.delete(key);
    }
  };
  const keep = (key: string, entry: Entry<T, E>): void => {
    const forget = (): void => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    entries.set(key, entry);
    void entry.answer.then((result) => (result.isErr() ? forget() : undefined), forget);
  };
  return (key, read) => {
    const now = clock.now();
    const known = entries.get(key);
    if (known && isFresh(known, now)) return known.answer;
    entries.delete(key);
    makeRoom(now);
    const entry = { began: now, answer: read(now) };
    keep(key, entry);
    return entry.answer;
  };
};
