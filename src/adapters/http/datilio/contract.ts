import { contract } from '../kit/route.js';
import { additive } from './additive.js';
import type { App } from './app.js';
import { operations } from './operations.js';

/** Declares one operation of this contract; its path must be the published one. */
export const route = contract<App>()({ ...operations, ...additive });
