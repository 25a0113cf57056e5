import * as z from 'zod';
import type { Allowance } from '../../../domain/entitlements/allowance.js';
import { WINDOWS } from '../../../domain/entitlements/allowance.js';
import { nullable } from '../kit/rows.js';

/** What plans and overrides have in common, as columns. */
export const ALLOWANCE_SHAPE = {
  granted: nullable(z.boolean()),
  usage_limit: nullable(z.bigint()),
  window_kind: z.enum(WINDOWS),
  soft: z.boolean(),
  warn_percent: z.number(),
};

type Parsed = z.output<z.ZodObject<typeof ALLOWANCE_SHAPE>>;

export const allowanceOf = (row: Parsed): Allowance => ({
  granted: row.granted,
  limit: row.usage_limit,
  window: row.window_kind,
  soft: row.soft,
  warnPercent: row.warn_percent,
});

export const allowanceRow = ({ granted, limit, window, soft, warnPercent }: Allowance) => ({
  granted: granted ?? null,
  usage_limit: limit ?? null,
  window_kind: window,
  soft,
  warn_percent: warnPercent,
});
