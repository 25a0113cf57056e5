import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { TestApp } from '../../support/app.js';
import type { Keys } from './s3.rig.js';

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** What S3 calls the failure. */
  readonly code: string | undefined;
};
export type RawCall = {
  readonly method?: string;
  /** As it goes over the wire, from the slash after the host. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
};

/** Sends the headers, and the body only when the server asks for it; answers whether it did. */
export const waiting = (app: Pick<TestApp, 'url'>, { method = 'PUT', path, headers, body }: RawCall) =>
  new Promise<{ readonly status: number; readonly invited: boolean }>((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    let invited = false;
    const expecting = { ...headers, expect: '100-continue', 'content-length': String(body?.length ?? 0) };
    const sent = request({ hostname, port, method, path, headers: expecting, agent: false });
    sent.on('continue', () => {
      invited = true;
      sent.end(body);
    });
    sent.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, invited });
      sent.destroy();
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });

/** Sends exactly this: no client in between tidies anything up. */
export const raw = (app: Pick<TestApp, 'url'>, { method = 'GET', path, headers, body }: RawCall) =>
  new Promise<RawAnswer>((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const sent = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const code = /<Code>(.*?)<\/Code>/.exec(text)?.[1];
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

class Sha256 {
  private readonly hash;
  constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

export type SignOptions = {
  readonly at: Date;
  readonly region?: string;
  /** What x-amz-content-sha256 says; by default the hash of the body. */
  readonly payload?: string;
};

export const sha256 = (body: string | Buffer = ''): string => createHash('sha256').update(body).digest('hex');

const signer = ({ accessKeyId, secretAccessKey, region }: Keys, other?: string) =>
  new SignatureV4({
    service: 's3',
    region: other ?? region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });

/** What there is to sign of a call, and of what it says its body is. */
const unsigned = (
  { url }: Pick<TestApp, 'url'>,
  { method = 'GET', path, headers }: RawCall,
  payload: string,
) => {
  const [pathname = '', search = ''] = path.split('?');
  const { host, hostname } = new URL(url);
  return new HttpRequest({
    method,
    hostname,
    path: pathname,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: { ...headers, host, 'x-amz-content-sha256': payload },
  });
};

/** The same call with the headers that sign it. */
export const signed = async (
  app: Pick<TestApp, 'url'>,
  keys: Keys,
  call: RawCall,
  { at, region, payload = sha256(call.body) }: SignOptions,
): Promise<RawCall> => {
  const { headers } = await signer(keys, region).sign(unsigned(app, call, payload), { signingDate: at });
  return { ...call, headers };
};

/** An address that carries its own signature; whoever has it needs no key. */
export const presigned = async (
  app: Pick<TestApp, 'url'>,
  keys: Keys,
  call: Omit<RawCall, 'body'>,
  { at, expiresIn, region }: { at: Date; expiresIn: number; region?: string },
): Promise<string> => {
  const meant = unsigned(app, call, 'UNSIGNED-PAYLOAD');
  const address = await signer(keys, region).presign(meant, { signingDate: at, expiresIn });
  const search = Object.entries(address.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${address.path}?${search.join('&')}`;
};
