import type { ResultAsync } from 'neverthrow';

/** Lets time pass: for answers that are slowed down on purpose. */
export type Pause = { readonly wait: (ms: number) => ResultAsync<void, never> };
