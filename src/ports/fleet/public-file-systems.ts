import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** A file system that anybody may mount; published by whoever runs the deployment. */
export type PublicFileSystem = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly nfsServer: string;
  readonly nfsPath: string;
  readonly nfsPort: number;
  readonly region: string;
  readonly createdAt: Instant;
};

/** A short list by nature (at most 1000 are given), oldest first. */
export type PublicFileSystems = {
  readonly list: () => ResultAsync<readonly PublicFileSystem[], Unavailable>;
  readonly publish: (entry: PublicFileSystem) => ResultAsync<void, Unavailable>;
};
