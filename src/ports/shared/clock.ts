import type { Instant } from '../../domain/shared/time.js';

export type Clock = { readonly now: () => Instant };
