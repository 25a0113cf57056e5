import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/shared/random.js';

export const systemRandom: Random = { token: (bytes) => randomBytes(bytes).toString('base64url') };
