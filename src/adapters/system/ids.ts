import { uuidv7 } from 'uuidv7';
import type { Ids } from '../../ports/shared/ids.js';

export const systemIds: Ids = { next: uuidv7 };
