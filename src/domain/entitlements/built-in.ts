import { HELD } from './feature.js';

/** Features that this server enforces or counts by itself: what they are cannot change. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...HELD,
  'paid_instances',
  'tokens_issued',
  'credentials_generated',
  'agents_registered',
  'api_calls',
  'files',
  'file_size_mb',
  'ai_prompts',
  'ai_tokens',
  'synthetic_rows',
  'onboarding',
  'review_packs',
]);

export const isBuiltIn = ({ key }: { readonly key: string }): boolean => BUILT_IN.has(key);
