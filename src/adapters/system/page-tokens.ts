import { createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok } from 'neverthrow';
import type { PageTokens } from '../../ports/shared/page-tokens.js';
import type { KeyRing, MasterKey } from './key-ring.js';

const MAC_BYTES = 32;

const signature = (key: MasterKey, list: string, cursor: string): Buffer =>
  createHmac('sha256', key.derive('page tokens'))
    .update(JSON.stringify([list, cursor]))
    .digest();

/** base64url of HMAC-SHA256(list, cursor) followed by the cursor. */
export const systemPageTokens = (ring: KeyRing): PageTokens => ({
  issue: (list, cursor) =>
    Buffer.concat([signature(ring.first, list, cursor), Buffer.from(cursor)]).toString('base64url'),
  read: (list, token) => {
    const bytes = Buffer.from(token, 'base64url');
    const mac = bytes.subarray(0, MAC_BYTES);
    const cursor = bytes.subarray(MAC_BYTES).toString('utf8');
    // Node's decoder passes over what is not base64url; only the one spelling we issue is a token.
    const genuine =
      bytes.length >= MAC_BYTES &&
      bytes.toString('base64url') === token &&
      ring.all.some((key) => timingSafeEqual(mac, signature(key, list, cursor)));
    return genuine ? ok(cursor) : err({ kind: 'invalid_page_token' });
  },
});
