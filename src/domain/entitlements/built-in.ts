import { HELD } from './feature.js';

/** Features that this server enforces or counts by itself: what they are cannot change. */
const COUNTED_HERE = ['tokens_issued', 'credentials_generated', 'api_calls'] as const;
const BUILT_IN: ReadonlySet<string> = new Set([
  ...HELD,
  ...COUNTED_HERE,
  'paid_instances',
  'agents_registered',
  'files',
  'file_size_mb',
  'ai_prompts',
  'ai_tokens',
  'synthetic_rows',
  'onboarding',
  'review_packs',
]);

export const isBuiltIn = ({ key }: { readonly key: string }): boolean => BUILT_IN.has(key);

/** What this server does itself it counts where it does it: nobody else can say that it happened. */
export const isCountedHere = ({ key }: { readonly key: string }): boolean =>
  COUNTED_HERE.some((own) => own === key);
