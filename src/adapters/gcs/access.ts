import { createPrivateKey } from 'node:crypto';
import type { Storage, StorageOptions } from '@google-cloud/storage';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { StoreAddress } from '../../ports/shared/store-address.js';
import type { Denied } from '../../ports/storage/object-store.js';
import { type Exchanges, textOf } from './exchange.js';
import { denied, unavailable } from './failures.js';

export type GcsAddress = Extract<StoreAddress, { readonly provider: 'gcp' }>;
/** Access tokens for one service account, each good for an hour and used until shortly before its end. */
export type Access = {
  readonly token: () => ResultAsync<string, Denied | Unavailable>;
  /** The last token was not accepted; the next one is fetched anew. */
  readonly forget: () => void;
};

type Auth = Storage['authClient'];
type ClientOptions = NonNullable<StorageOptions['clientOptions']>;
type TransporterOptions = NonNullable<ClientOptions['transporterOptions']>;
type Adapter = NonNullable<TransporterOptions['adapter']>;

/** Beyond the first: a token endpoint out of breath gets another chance. */
const RETRIES = 2;

/** The project that is named, or the one whose account this is. */
export const projectOf = ({ projectId, clientEmail }: GcsAddress): string | undefined =>
  projectId ?? /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(clientEmail)?.[1];

const isUsableKey = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
};

/** Lets the library's requests for tokens out over our own connections; where to is fixed in the library. */
const adapterOver =
  (exchanges: Exchanges, substitute: URL | undefined): Adapter =>
  async (options) => {
    const endpoint = substitute ?? new URL(String(options.url));
    const body = String(options.body ?? '');
    const exchange = exchanges(endpoint, {
      method: 'POST',
      path: `${endpoint.pathname}${endpoint.search}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    });
    exchange.expect();
    exchange.request.end(body);
    const answer = await exchange.answer;
    const data = JSON.parse(await textOf(answer));
    const status = answer.statusCode ?? 0;
    return { config: options, data, status, statusText: '', headers: {}, request: { responseURL: '' } };
  };

/** Explicit credentials only: with them given, the library asks neither environment nor metadata server. */
const authFor = async (address: GcsAddress, adapter: Adapter): Promise<Auth> => {
  const { Storage } = await import('@google-cloud/storage');
  const { clientEmail: client_email, privateKey: private_key } = address;
  const storage = new Storage({
    credentials: { client_email, private_key },
    clientOptions: { transporterOptions: { adapter, retryConfig: { retry: RETRIES } } },
  });
  return storage.authClient;
};

/** What the library's error holds of the answer; of its request, which holds the assertion, nothing is kept. */
const failureOf = (error: unknown): Denied | Unavailable => {
  const { response } = error as {
    readonly response?: {
      readonly status: number;
      readonly data?: { readonly error?: unknown; readonly error_description?: unknown };
    };
  };
  if (!response) return unavailable(error);
  const { status, data } = response;
  const words = [data?.error, data?.error_description].filter((part) => typeof part === 'string').join(': ');
  return status >= 400 && status < 500 && status !== 408 && status !== 429
    ? denied(`Google gives no access token for these credentials: ${words}`)
    : unavailable(`the token endpoint answered ${status}`);
};

/** The service account flow (RFC 7523) against Google's token endpoint. */
export const accessFor = (address: GcsAddress, exchanges: Exchanges, substitute?: URL): Access => {
  let auth: Promise<Auth> | undefined;
  const usable = isUsableKey(address.privateKey);
  const fetched = async (): Promise<Result<string, Denied | Unavailable>> => {
    if (!usable) return err(denied('the private key is not an RSA key in PEM'));
    try {
      auth ??= authFor(address, adapterOver(exchanges, substitute));
      const token = await (await auth).getAccessToken();
      return token ? ok(token) : err(unavailable('the token endpoint gave no token'));
    } catch (error) {
      return err(failureOf(error));
    }
  };
  return {
    token: () => new ResultAsync(fetched()),
    forget: () => {
      auth = undefined;
    },
  };
};
