/**
 * Failures that the use case has ruled out itself: should one come all the same, rows are corrupt or
 * we are wrong, and that is a defect, never an answer to the caller.
 */
export const impossible =
  <K extends string>(...kinds: readonly K[]) =>
  <E extends { readonly kind: string }>(failure: E): Exclude<E, { readonly kind: K }> => {
    if ((kinds as readonly string[]).includes(failure.kind)) throw new Error(`impossible: ${failure.kind}`);
    return failure as Exclude<E, { readonly kind: K }>;
  };
