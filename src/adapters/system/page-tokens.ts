import { err, ok } from 'neverthrow';
import type { PageTokens } from '../../ports/shared/page-tokens.js';
import type { KeyRing } from './key-ring.js';
import { signedText } from './signed-text.js';

/** Cursors, signed under the name of their list. */
export const systemPageTokens = (ring: KeyRing): PageTokens => {
  const signed = signedText(ring, 'page tokens');
  return {
    issue: signed.sign,
    read: (list, token) => {
      const cursor = signed.open(list, token);
      return cursor === undefined ? err({ kind: 'invalid_page_token' }) : ok(cursor);
    },
  };
};
