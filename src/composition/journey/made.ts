import type { ResultAsync } from 'neverthrow';
import type { ApiFailure, Client } from './client.js';

/** Takes back one thing that was made. */
export type Undo = { readonly step: string; readonly run: () => ResultAsync<unknown, ApiFailure> };
/** Filled as things are made, so that a failure half-way is tidied up as well. */
export type Made = {
  readonly undo: Undo[];
  /** Addresses of users: no operation takes those back. */
  readonly users: string[];
};
export type Settling = {
  readonly client: Client;
  readonly made: Made;
  readonly say: (line: string) => void;
};
