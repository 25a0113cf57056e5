import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { DataKey, Place, Sealed, Sealer } from '../../ports/shared/sealer.js';
import type { KeyRing } from './key-ring.js';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = 'data keys';

/** What a box is bound to. JSON, so that no two lists of parts share a spelling. */
const bound = (...parts: readonly string[]): Buffer => Buffer.from(JSON.stringify(parts));

const encrypt = (key: Buffer, binding: Buffer, plain: Buffer): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(binding);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
};

const decrypt = (key: Buffer, binding: Buffer, text: string): Buffer => {
  const box = Buffer.from(text, 'base64url');
  const iv = box.subarray(0, IV_BYTES);
  const tag = box.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(binding)
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(box.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
};

const partsOf = (text: string): readonly [keyId: string, box: string] => {
  const [keyId, box] = text.split('.');
  if (keyId === undefined || box === undefined) throw new Error('not a sealed value');
  return [keyId, box];
};

/** A data key's own name, which does not change when another master key wraps it. */
const idOf = (dataKey: Buffer): string => createHash('sha256').update(dataKey).digest('hex').slice(0, 8);

const bindingOf = (place: Place, accountId: string, keyId: string): Buffer =>
  bound(place.table, place.column, place.row, accountId, keyId);

/**
 * Each account has a random data key; the row keeps it wrapped by a key derived from the ring's first. A value
 * is sealed by the data key and bound to its table, column, row, account and key: `<key id>.<iv tag ciphertext>`.
 */
export const systemSealer = (ring: KeyRing): Sealer => {
  const wrap = (plain: Buffer, accountId: string): DataKey =>
    `${ring.first.id}.${encrypt(ring.first.derive(PURPOSE), bound(PURPOSE, accountId, ring.first.id), plain)}` as DataKey;

  const unwrap = (wrapped: DataKey, accountId: string): Buffer => {
    const [keyId, box] = partsOf(wrapped);
    const key = ring.all.find(({ id }) => id === keyId);
    if (key === undefined) throw new Error(`no key ${keyId} to open an account's data key with`);
    return decrypt(key.derive(PURPOSE), bound(PURPOSE, accountId, keyId), box);
  };

  return {
    newDataKey: (accountId) => wrap(randomBytes(KEY_BYTES), accountId),
    rewrap: (wrapped, accountId) =>
      partsOf(wrapped)[0] === ring.first.id ? wrapped : wrap(unwrap(wrapped, accountId), accountId),
    seal: (wrapped, accountId, place, plain) => {
      const dataKey = unwrap(wrapped, accountId);
      const keyId = idOf(dataKey);
      return `${keyId}.${encrypt(dataKey, bindingOf(place, accountId, keyId), Buffer.from(plain))}` as Sealed;
    },
    open: (wrapped, accountId, place, sealed) => {
      const [keyId, box] = partsOf(sealed);
      return decrypt(unwrap(wrapped, accountId), bindingOf(place, accountId, keyId), box).toString('utf8');
    },
  };
};
