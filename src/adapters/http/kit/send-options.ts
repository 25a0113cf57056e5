import type { Timing } from './timing.js';

/** What every way of sending a reply has to know. */
export type SendOptions = {
  readonly operationId: string;
  /** Outside production a reply that breaks its schema throws; in production it is logged and sent. */
  readonly strict: boolean;
  readonly report: (problem: string) => void;
  readonly stopping: AbortSignal;
  readonly timing: Timing;
  /** On event streams: whether the client would still be let in. Asked at every heartbeat. */
  readonly admitted?: () => Promise<boolean>;
};
