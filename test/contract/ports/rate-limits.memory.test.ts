import { memoryRateLimits } from '../../../src/adapters/memory/shared/rate-limits.js';
import { LIMITS, rateLimitsContract } from './rate-limits.contract.js';

rateLimitsContract('memory', async (clock) => memoryRateLimits({ limits: LIMITS, clock }));
