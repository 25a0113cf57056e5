import type { Clock } from '../../ports/shared/clock.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Random } from '../../ports/shared/random.js';
import type { Faults } from './faults.js';

export type PaymentSandboxOptions = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  /** Loopback and nothing else; 127.0.0.1 unless said. */
  readonly host?: string;
  /** Any free one unless said. A demo that keeps state keeps its port too, for the pages that it has handed out. */
  readonly port?: number;
  /** Made at random (and kept in the file, where there is one) unless given. */
  readonly apiKey?: string;
  readonly webhookSecret?: string;
  /** Where events are posted to; without one they wait for `deliverTo`. */
  readonly webhookUrl?: string;
  /** State survives a restart in this JSON file. */
  readonly file?: string;
  /** Milliseconds to wait after the first, second … failed delivery of a webhook; after the last it is given up. */
  readonly retryDelays?: readonly number[];
};

export type PaymentSandbox = {
  /** `http://127.0.0.1:PORT`: the SDK's host, port and protocol; pages are below it too. */
  readonly url: string;
  readonly apiKey: string;
  readonly webhookSecret: string;
  /** Moves the sandbox's time on and does all that has become due, in order; 0 after the clock itself was moved. */
  readonly advance: (ms: number) => Promise<void>;
  /** From here on events are posted to this address, those that wait included. */
  readonly deliverTo: (webhookUrl: string) => void;
  /** Resolves when no delivery is under way or waiting to be tried again (held ones do not count). */
  readonly delivered: () => Promise<void>;
  readonly faults: Faults;
  readonly close: () => Promise<void>;
};
