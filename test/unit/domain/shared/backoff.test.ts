import { describe, expect, it } from 'vitest';
import { backoff } from '../../../../src/domain/shared/backoff.js';
import { MINUTE } from '../../../../src/domain/shared/time.js';

describe('backoff', () => {
  const wait = (attempts: number, tail: string) =>
    backoff({ id: `00000000-0000-7000-8000-00000000${tail}`, attempts });

  it('doubles from one second to five minutes, a fifth more or less', () => {
    expect([1, 2, 3, 9].map((n) => wait(n, '0000'))).toEqual([800, 1_600, 3_200, 204_800]);
    expect([1, 2, 3].map((n) => wait(n, 'ffff'))).toEqual([1_200, 2_400, 4_800]);
    expect([wait(10, 'ffff'), wait(5_000, 'ffff')]).toEqual([5 * MINUTE, 5 * MINUTE]);
    expect(wait(5_000, '0000')).toBe(4 * MINUTE);
  });
});
