import { err, ok } from 'neverthrow';
import { LINK_INVALID, type LinkTokens } from '../../ports/storage/links.js';
import type { KeyRing } from './key-ring.js';
import { signedText } from './signed-text.js';

/** Names the form of what is signed: another form of it will have another name. */
const FORM = '1';

export const systemLinkTokens = (ring: KeyRing): LinkTokens => {
  const signed = signedText(ring, 'links');
  return {
    sign: (text) => signed.sign(FORM, text),
    open: (token) => {
      const text = signed.open(FORM, token);
      return text === undefined ? err(LINK_INVALID) : ok(text);
    },
  };
};
