import { describe, expect, it } from 'vitest';
import { usualType } from '../../../../src/domain/fleet/instance-type.js';
import { LARGE, STANDARD } from '../../../support/fleet-providers.js';

describe('the instance type that is meant where none is named', () => {
  const small = { ...STANDARD, name: 'local.small' };
  const huge = { ...LARGE, name: 'local.huge' };

  it('is the first that costs nothing, wherever it stands', () => {
    expect(usualType([LARGE, small, STANDARD])).toBe(small);
    expect(usualType([STANDARD, LARGE])).toBe(STANDARD);
  });

  it('is the first where all cost something, and none where there is none', () => {
    expect(usualType([huge, LARGE])).toBe(huge);
    expect(usualType([])).toBeUndefined();
  });
});
