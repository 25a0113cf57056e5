import type { ResultAsync } from 'neverthrow';
import type { Unavailable } from '../shared/failure.js';

/**
 * Whose fleet this is. A database that was copied knows the deployment it was copied from, and the copy's processes
 * have another: then the instances that the rows tell of are somebody else's.
 */
export type Deployment = {
  /** Of this installation, by its configuration. */
  readonly configured: string;
  /** Of the database; one that has none takes `configured`, once and for all. */
  readonly recorded: () => ResultAsync<string, Unavailable>;
};
