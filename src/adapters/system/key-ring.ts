import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';

/** One entry of TOLLHOUSE_SECRET_KEY. Nothing is encrypted with the entry itself, only with what it derives. */
export type MasterKey = {
  readonly id: string;
  /** HKDF-SHA256, 32 bytes: keys of two purposes tell nothing of one another. */
  readonly derive: (purpose: string) => Buffer;
};

/** The first key seals and signs; every key opens and verifies. */
export type KeyRing = {
  readonly first: MasterKey;
  readonly all: readonly MasterKey[];
  /** What a database keeps, to know its keys by. */
  readonly proof: () => string;
  readonly check: (proof: string) => 'first' | 'older' | 'unknown';
};

/** `position` counts from 1; the key itself is never told. */
export type BadSecretKey =
  | { readonly kind: 'no_secret_key' }
  | { readonly kind: 'weak_secret_key'; readonly position: number };

export const MIN_SECRET_LENGTH = 32;
const KEY_BYTES = 32;

const masterKey = (secret: string): MasterKey => {
  const derived = new Map<string, Buffer>();
  const derive = (purpose: string): Buffer => {
    const known = derived.get(purpose);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', secret, 'tollhouse', purpose, KEY_BYTES));
    derived.set(purpose, key);
    return key;
  };
  return { id: createHash('sha256').update(derive('key id')).digest('hex').slice(0, 8), derive };
};

const proofOf = (key: MasterKey): string =>
  `${key.id}.${createHmac('sha256', key.derive('key check')).update('tollhouse').digest('base64url')}`;

/**
 * Any text of 32 or more characters is a key (32 random bytes are 43 in base64url, 64 in hexadecimal): HKDF
 * does not mind how it is spelt, and so nobody needs to say.
 */
export const keyRing = (secretKeys: readonly string[]): Result<KeyRing, BadSecretKey> => {
  const weak = secretKeys.findIndex((secret) => secret.length < MIN_SECRET_LENGTH);
  if (weak >= 0) return err({ kind: 'weak_secret_key', position: weak + 1 });
  const all = secretKeys.map(masterKey);
  const first = all[0];
  if (first === undefined) return err({ kind: 'no_secret_key' });
  return ok({
    first,
    all,
    proof: () => proofOf(first),
    check: (proof) => {
      const known = all.find((key) => proofOf(key) === proof);
      if (known === undefined) return 'unknown';
      return known.id === first.id ? 'first' : 'older';
    },
  });
};
