import * as z from 'zod';
import { Int64 } from '../training-pipes/decision.js';

/** What users use up. The size of files is no such thing: it is asked beside `files`. */
export const USED_UP = ['files', 'ai_prompts', 'ai_tokens', 'synthetic_rows'] as const;

export const UsageIn = z
  .object({
    feature: z.enum(USED_UP),
    amount: z.int().min(1),
    /** Whoever sends it again sends the same key: it counts once. */
    key: z.string().min(1).max(255).optional(),
    /** Of `files`, which need it: the size of each of them, against the plan's `file_size_limit_mb`. */
    size_mb: z.number().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  })
  .refine(({ feature, size_mb }) => (size_mb !== undefined) === (feature === 'files'), {
    path: ['size_mb'],
    message: 'goes with the feature "files", and with that only',
  })
  .meta({ id: 'UsageIn' });

export const UsageOut = z
  .object({
    id: z.int(),
    user_id: z.int(),
    feature: z.string(),
    amount: Int64,
    timestamp: z.iso.datetime(),
    /** These three are of the feature as it stands now, whenever this was used. Null: without limit. */
    limit: Int64.nullable(),
    remaining: Int64.nullable(),
    warning: z.enum(['near_limit', 'limit_reached']).nullable(),
  })
  .meta({ id: 'UsageOut' });
