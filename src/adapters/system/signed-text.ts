import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyRing, MasterKey } from './key-ring.js';

const MAC_BYTES = 32;

/**
 * Text under HMAC-SHA256, as base64url of the code followed by the text. What is signed for one purpose or under
 * one name opens under no other. The ring's first key signs, every key opens.
 */
export const signedText = (ring: KeyRing, purpose: string) => {
  const code = (key: MasterKey, name: string, text: string): Buffer =>
    createHmac('sha256', key.derive(purpose))
      .update(JSON.stringify([name, text]))
      .digest();
  return {
    sign: (name: string, text: string): string =>
      Buffer.concat([code(ring.first, name, text), Buffer.from(text)]).toString('base64url'),
    /** Undefined: not what we signed. */
    open: (name: string, token: string): string | undefined => {
      const bytes = Buffer.from(token, 'base64url');
      const mac = bytes.subarray(0, MAC_BYTES);
      const text = bytes.subarray(MAC_BYTES).toString('utf8');
      // Node's decoder passes over what is not base64url; only the one spelling we issue is a token.
      const genuine =
        bytes.length >= MAC_BYTES &&
        bytes.toString('base64url') === token &&
        ring.all.some((key) => timingSafeEqual(mac, code(key, name, text)));
      return genuine ? text : undefined;
    },
  };
};
