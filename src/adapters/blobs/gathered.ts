import { type Result, ResultAsync } from 'neverthrow';

type Asked<Q, A, E> = {
  readonly question: Q;
  readonly settle: (answer: Result<A, E>) => void;
  readonly broken: (defect: unknown) => void;
};

/** In as few batches as they fit into, none of which has two of one name. */
const batched = <T>(all: readonly T[], most: number, nameOf: (one: T) => unknown): readonly T[][] => {
  const batches: Map<unknown, T>[] = [];
  for (const one of all) {
    const name = nameOf(one);
    const open = batches.find((batch) => batch.size < most && !batch.has(name));
    if (open) open.set(name, one);
    else batches.push(new Map([[name, one]]));
  }
  return batches.map((batch) => [...batch.values()]);
};

type Terms<Q, A, E> = {
  /** As many go together. */
  readonly most: number;
  /** Two of one name do not go together. */
  readonly nameOf?: (question: Q) => unknown;
  /** Answers each, in their order. */
  readonly ask: (questions: readonly Q[]) => ResultAsync<readonly A[], E>;
};

/**
 * Asks together what came in one turn of the event loop, and hands each its answer: a crowd costs little more than one
 * of them, and nobody waits for what was asked before they came.
 */
export const gathered = <Q, A, E>({
  most,
  nameOf = (question) => question,
  ask,
}: Terms<Q, A, E>): ((question: Q) => ResultAsync<A, E>) => {
  let waiting: Asked<Q, A, E>[] = [];
  const send = (asked: readonly Asked<Q, A, E>[]): void =>
    void ask(asked.map(({ question }) => question)).then(
      (answers) => {
        for (const [n, { settle }] of asked.entries()) settle(answers.map((all) => all[n] as A));
      },
      (defect: unknown) => {
        for (const { broken } of asked) broken(defect);
      },
    );
  const sendAll = (): void => {
    const asked = waiting;
    waiting = [];
    for (const batch of batched(asked, most, ({ question }) => nameOf(question))) send(batch);
  };
  return (question) =>
    new ResultAsync(
      new Promise<Result<A, E>>((settle, broken) => {
        waiting.push({ question, settle, broken });
        // When all that has arrived was looked at, and before anything else is waited for.
        if (waiting.length === 1) setImmediate(sendAll);
      }),
    );
};
