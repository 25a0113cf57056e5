import { createHash, createHmac } from 'node:crypto';
import type { TestApp } from '../../support/app.js';
import { type RawCall, sha256, signed } from './s3.calls.js';
import type { Keys } from './s3.rig.js';

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** SigV4 written once more and apart from the server's, from its published description. */
const signingKey = ({ secretAccessKey, region }: Keys, day: string): Buffer =>
  [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );

export type Chunked = {
  readonly path: string;
  readonly chunks: readonly string[];
  readonly at: Date;
  readonly trailer?: { readonly name: string; readonly value: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** The last word on the body as it goes out. */
  readonly spoil?: (body: string) => string;
};

/** A PUT whose body comes in signed chunks, and perhaps with a signed trailer. */
export const signedChunks = async (
  app: Pick<TestApp, 'url'>,
  keys: Keys,
  { path, chunks, at, trailer, headers, spoil = (body) => body }: Chunked,
): Promise<RawCall> => {
  const payload = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`;
  const length = chunks.join('').length;
  const sent = {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(length),
    ...(trailer && { 'x-amz-trailer': trailer.name }),
    ...headers,
  };
  const call = await signed(app, keys, { method: 'PUT', path, headers: sent }, { at, payload });
  const date = String(call.headers?.['x-amz-date']);
  const day = date.slice(0, 8);
  const scope = `${day}/${keys.region}/s3/aws4_request`;
  const key = signingKey(keys, day);
  let previous = /Signature=([0-9a-f]+)/.exec(String(call.headers?.['authorization']))?.[1] ?? '';
  const sign = (kind: string, ...rest: string[]): string => {
    previous = hmac(key, [`AWS4-HMAC-SHA256-${kind}`, date, scope, previous, ...rest].join('\n')).toString(
      'hex',
    );
    return previous;
  };
  const framed = [...chunks, ''].map((chunk) => {
    const signature = sign('PAYLOAD', sha256(), createHash('sha256').update(chunk).digest('hex'));
    return `${chunk.length.toString(16)};chunk-signature=${signature}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
  });
  const end = trailer
    ? `${trailer.name}:${trailer.value}\r\nx-amz-trailer-signature:${sign('TRAILER', sha256(`${trailer.name}:${trailer.value}\n`))}\r\n\r\n`
    : '\r\n';
  const body = spoil(framed.join('') + end);
  return { ...call, headers: { ...call.headers, 'content-length': String(body.length) }, body };
};
