import type { CatalogueName } from './plan.js';

/** How much a plan includes of something, by the name that it is counted under. */
export type PlanLimit = {
  readonly feature: string;
  /** Undefined: it is counted, and nothing more. */
  readonly limit?: bigint | undefined;
  /** When it is counted anew: with each UTC day or month, or never. */
  readonly window: 'day' | 'month' | 'lifetime';
};

type Traits = Readonly<Record<string, unknown>>;

/** The traits of a plan of Datilio’s that are limits. The size is that of each file, not of all. */
const DATILIO: readonly (readonly [trait: string, feature: string, window: PlanLimit['window']])[] = [
  ['file_limit', 'files', 'lifetime'],
  ['file_size_limit_mb', 'file_size_mb', 'lifetime'],
  ['ai_prompts_per_day', 'ai_prompts', 'day'],
  ['synthetic_rows_per_month', 'synthetic_rows', 'month'],
];
/** Prompts are limited and tokens are paid for: they are counted beside. */
const TOKENS: PlanLimit = { feature: 'ai_tokens', window: 'day' };

/** What a plan includes, out of the words it is kept in. Other catalogues say it elsewhere. */
export const limitsOf = (catalogue: CatalogueName, traits: Traits): readonly PlanLimit[] => {
  if (catalogue !== 'datilio') return [];
  const limits = DATILIO.flatMap(([trait, feature, window]) => {
    const limit = traits[trait];
    return typeof limit === 'number' ? [{ feature, limit: BigInt(limit), window }] : [];
  });
  return [...limits, TOKENS];
};
