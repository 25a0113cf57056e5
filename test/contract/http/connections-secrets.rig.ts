import { errAsync, okAsync } from 'neverthrow';
import { expect } from 'vitest';
import { html, markupOf } from '../../../src/adapters/http/kit/html.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import type { TestApp } from '../../support/app.js';
import { CLIENT_EMAIL, keyFile, PRIVATE_KEY } from '../../support/gcp-key-file.js';

export const S3_SECRET = 'a+Very/Secret+Access/Key+0123456789abcdef';

/** What a connection is made of, with a secret wherever there may be one. */
export const REQUESTS = {
  s3compat: {
    provider: 's3compat',
    uri: 's3://theirs/p',
    region: 'somewhere-1',
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: S3_SECRET,
    s3_spec: { endpoint: 'https://s3.example.com', secret_access_key: S3_SECRET },
  },
  gcp: {
    provider: 'gcp',
    uri: 'gs://theirs/p',
    region: 'europe-west1',
    access_key_id: CLIENT_EMAIL,
    secret_access_key: PRIVATE_KEY,
    gcp_spec: { service_account_json: keyFile() },
  },
} as const;
export type SecretProvider = keyof typeof REQUESTS;

/** Base64 of it as a part of something longer, wherever in that it begins. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].flatMap((before) => {
    const whole = Buffer.from('?'.repeat(before) + text);
    const [standard, forUrls] = [whole.toString('base64'), whole.toString('base64url')];
    // What stands before it reaches into its first sign, and what comes after it into its last ones.
    const begin = Math.ceil((before * 8) / 6);
    return [standard, forUrls].map((signs) => signs.slice(begin, Math.floor((whole.length * 8) / 6)));
  });

/** Every form in which secrets could come to light: whole, by their lines, escaped, encoded. */
const formsOf = (secrets: readonly string[]): readonly string[] => {
  const lines = secrets
    .flatMap((secret) => secret.split('\n'))
    .filter((line) => line.length > 16 && !line.startsWith('-----'));
  const forms = [...secrets, ...lines].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
    markupOf(html`${secret}`),
    Buffer.from(secret).toString('hex'),
    ...inBase64(secret),
  ]);
  return [...new Set(forms)];
};

/** The forms of these secrets that can be read in a text. */
export const readingOf = (...secrets: readonly string[]) => {
  const forms = formsOf(secrets);
  return (text: string): readonly string[] => forms.filter((form) => text.includes(form));
};
export const readable = readingOf(S3_SECRET, PRIVATE_KEY, keyFile());

const readingErrors = (_name: string, value: unknown): unknown =>
  value instanceof Error
    ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
    : value;

/** What was said, with all that errors carry. */
export const saidText = (said: readonly unknown[]): string => JSON.stringify(said, readingErrors);

/** An answer with its headers. */
export const toldText = ({ text, headers }: { readonly text: string; readonly headers: Headers }): string =>
  [text, ...headers].join('\n');

type Mood = (store: ObjectStore) => Partial<ObjectStore>;

const failing =
  (answer: () => unknown): Mood =>
  () => {
    const names = ['put', 'get', 'head', 'list', 'deleteMany'] as const;
    return Object.fromEntries(names.map((name) => [name, answer])) as Partial<ObjectStore>;
  };

/** What a store may do to us; each time it says aloud what it was opened with. */
export const moodsOf = (provider: SecretProvider): Readonly<Record<string, Mood>> => {
  const secret = REQUESTS[provider].secret_access_key;
  const said = `the store knows ${secret}, and that is ${secret}`;
  const unavailable = { kind: 'unavailable', dependency: 'test' } as const;
  const body = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error(said)) }) };
  return {
    willing: () => ({}),
    denying: failing(() => errAsync({ kind: 'store_denied', reason: said })),
    away: failing(() => errAsync({ ...unavailable, cause: new Error(said) })),
    silent: failing(() => errAsync({ ...unavailable, cause: { config: said } })),
    'breaking off': (store) => ({
      get: (...given) => store.get(...given).map((stored) => ({ ...stored, body })),
    }),
    'sparing each': () => ({
      deleteMany: (_bucket, keys) => okAsync(keys.map((key) => ({ key, reason: said }))),
    }),
  };
};

/** Their store has the bucket that the connection is to lead to, and knows its keys. */
export const theirBucket = async ({ strangers }: TestApp, provider: SecretProvider): Promise<void> => {
  const store = strangers[provider === 'gcp' ? 'gcp' : 's3'];
  const { access_key_id: id, secret_access_key: secret } = REQUESTS[provider];
  store.admit({ id, secret });
  expect((await store.objects.createBucket('theirs')).isOk()).toBe(true);
};
