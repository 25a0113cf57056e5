import type { FileSystem } from '../../domain/fleet/file-system.js';
import type { Gateway } from '../../domain/fleet/gateway.js';
import type { Instant } from '../../domain/shared/time.js';
import type { DomainEvent } from '../../ports/shared/events.js';

const stateOf = ({ status, desired, phase, reason }: FileSystem | Gateway) => ({
  status,
  desired_status: desired,
  phase,
  ...(reason !== undefined && { reason }),
});

/** How the thing stands with this version; its last version is told as `deleted`. */
export const stateEvent = (thing: FileSystem | Gateway, at: Instant): DomainEvent => ({
  stream: thing.id,
  seq: thing.version,
  type: thing.phase === 'deleted' ? 'deleted' : 'status',
  accountId: thing.accountId,
  data: stateOf(thing),
  at,
});

/** So many of the flushes that were asked for are done: what was written before them is in the bucket. */
export const flushEvent = (fileSystem: FileSystem, at: Instant): DomainEvent => ({
  stream: fileSystem.id,
  seq: fileSystem.version,
  type: 'flush',
  accountId: fileSystem.accountId,
  data: { flushes: fileSystem.flushesDone },
  at,
});
