import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../../../src/domain/billing/plan-limits.js';

describe('what a plan includes', () => {
  it('is what its traits say, each counted in its own window, and tokens without limit beside', () => {
    const traits = {
      file_limit: 5,
      file_size_limit_mb: 10,
      ai_prompts_per_day: 0,
      synthetic_rows_per_month: 1_000,
      features: { exports: true },
    };
    expect(limitsOf('datilio', traits)).toEqual([
      { feature: 'files', limit: 5n, window: 'lifetime' },
      { feature: 'file_size_mb', limit: 10n, window: 'lifetime' },
      { feature: 'ai_prompts', limit: 0n, window: 'day' },
      { feature: 'synthetic_rows', limit: 1_000n, window: 'month' },
      { feature: 'ai_tokens', window: 'day' },
    ]);
  });

  it('is nothing of what its traits do not tell, and is told elsewhere in other catalogues', () => {
    expect(limitsOf('datilio', { file_limit: 'many' })).toEqual([{ feature: 'ai_tokens', window: 'day' }]);
    expect(limitsOf('training-pipes', { file_limit: 5 })).toEqual([]);
  });
});
