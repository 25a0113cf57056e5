import { type Instant, MINUTE, SECOND } from '../shared/time.js';
import { floorTo } from './period.js';
import type { Subscription } from './subscription.js';

/** How long a preview binds who asks for the change after it. */
const HOLDS = 10 * MINUTE;

/** The moment a preview is made for: processors count in whole seconds, and the charge names the same one. */
export const quotedAt = (now: Instant): Instant => floorTo(now, SECOND);

/**
 * Whether a change may still be charged as of the moment of its preview: not too long ago, in the running period, and
 * from the price that it still has.
 */
export const quoteHolds = (
  quoted: Instant,
  now: Instant,
  { period, processor }: Pick<Subscription, 'period' | 'processor'>,
): boolean =>
  quoted <= now &&
  now - quoted <= HOLDS &&
  quoted >= period.start &&
  quoted >= (processor?.pricedSince ?? period.start);
