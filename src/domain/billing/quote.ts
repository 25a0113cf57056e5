import { type Instant, MINUTE, SECOND } from '../shared/time.js';
import { floorTo, type Period } from './period.js';

/** How long a preview binds who asks for the change after it. */
const HOLDS = 10 * MINUTE;

/** The moment a preview is made for: processors count in whole seconds, and the charge names the same one. */
export const quotedAt = (now: Instant): Instant => floorTo(now, SECOND);

/** Whether a change may still be charged as of the moment of its preview: not too long ago, and in the running period. */
export const quoteHolds = (quoted: Instant, now: Instant, { start }: Period): boolean =>
  quoted <= now && now - quoted <= HOLDS && quoted >= start;
