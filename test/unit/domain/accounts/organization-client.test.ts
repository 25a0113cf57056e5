import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientRowId,
  grantedScopes,
  isSameDigest,
  publicClientId,
} from '../../../../src/domain/accounts/organization-client.js';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('a client id', () => {
  it('leads back to the id it was made of', () => {
    expect(publicClientId(ID)).toBe(`sa_${ID}`);
    expect(clientRowId(`sa_${ID}`)).toBe(ID);
  });

  it('is nothing in any other spelling', () => {
    for (const text of [ID, `SA_${ID}`, `sa_${ID.toUpperCase()}`, 'sa_', '', `sa_${ID} `, `xx_${ID}`])
      expect(clientRowId(text), text).toBeUndefined();
  });
});

describe('scopes', () => {
  it('are all that were given when none are asked for', () => {
    expect(grantedScopes(['billing'], undefined)).toEqual(['billing']);
    expect(grantedScopes([], undefined)).toEqual([]);
  });

  it('are those asked for, and never more than were given', () => {
    expect(grantedScopes(['billing'], 'billing')).toEqual(['billing']);
    expect(grantedScopes(['billing'], 'billing billing')).toEqual(['billing']);
    for (const asked of ['billing admin', 'admin', 'Billing'])
      expect(grantedScopes(['billing'], asked), asked).toBeUndefined();
    expect(grantedScopes([], 'billing')).toBeUndefined();
  });
});

it('compares digests as equality does', () => {
  const digest = fc.string({ unit: fc.constantFrom('0', '1', 'a'), maxLength: 4 });
  fc.assert(
    fc.property(digest, digest, (a, b) => {
      expect(isSameDigest(a, b)).toBe(a === b);
    }),
  );
});
