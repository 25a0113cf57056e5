import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Passwords } from '../../../src/ports/shared/passwords.js';

export const passwordsContract = (name: string, passwords: Passwords) =>
  describe(`Passwords: ${name}`, () => {
    it('know the password a hash was made of, and no other', async () => {
      const hash = (await passwords.hash('correct horse ü'))._unsafeUnwrap();
      expect(await passwords.verify(hash, 'correct horse ü')).toEqual(ok(true));
      expect(await passwords.verify(hash, 'correct horse u')).toEqual(ok(false));
      expect(await passwords.verify(hash, '')).toEqual(ok(false));
    });

    it('are never right for a user who is not there', async () => {
      expect(await passwords.verify(undefined, 'undefined')).toEqual(ok(false));
      expect(await passwords.verify(undefined, '')).toEqual(ok(false));
    });
  });
