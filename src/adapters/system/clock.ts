import { instant } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';

export const systemClock: Clock = { now: () => instant(Date.now()) };
