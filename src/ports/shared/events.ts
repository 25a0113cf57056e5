import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from './failure.js';
import type { NewJob } from './jobs.js';

/** A fact about one aggregate. `seq` is the aggregate's own version, so a stream has no gaps to wait for. */
export type DomainEvent = {
  readonly stream: string;
  readonly seq: number;
  readonly type: string;
  readonly accountId: AccountId;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Instant;
};

/** Events are written with the change they tell of; each consumer's delivery is a job of the same transaction. */
export type Events = {
  readonly append: (event: DomainEvent, ...deliveries: readonly NewJob[]) => ResultAsync<void, Unavailable>;
};
