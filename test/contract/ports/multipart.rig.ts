import type { MultipartUploads } from '../../../src/ports/storage/multipart.js';
import type { ObjectStore, PutOptions } from '../../../src/ports/storage/object-store.js';
import { key, MAX, pieces, text } from './object-store.rig.js';

/** Uploads and the objects that they become. */
export type Multipart = { readonly objects: ObjectStore; readonly uploads: MultipartUploads };
export type Named = { readonly number: number; readonly etag: string };

export const begin = async (
  { uploads }: Multipart,
  bucket: string,
  name: string,
  options: Pick<PutOptions, 'contentType' | 'metadata'> = {},
) => (await uploads.begin(bucket, key(name), options))._unsafeUnwrap().id;

export const putPart = async (
  { uploads }: Multipart,
  bucket: string,
  name: string,
  upload: string,
  number: number,
  content: Uint8Array | string,
  options: Partial<PutOptions> = {},
) => {
  const bytes = typeof content === 'string' ? text(content) : content;
  const announced = { length: bytes.length, maxBytes: MAX, ...options };
  return uploads.putPart(bucket, key(name), upload, number, pieces(bytes), announced);
};

/** Puts parts under these numbers and answers how they are named at the end. */
export const putParts = async (
  store: Multipart,
  bucket: string,
  name: string,
  upload: string,
  contents: Readonly<Record<number, Uint8Array | string>>,
): Promise<readonly Named[]> => {
  const named: Named[] = [];
  for (const [number, content] of Object.entries(contents)) {
    const put = await putPart(store, bucket, name, upload, Number(number), content);
    named.push({ number: Number(number), etag: put._unsafeUnwrap().etag });
  }
  return named;
};

export const complete = async (
  { uploads }: Multipart,
  bucket: string,
  name: string,
  upload: string,
  named: readonly Named[],
  options: Partial<PutOptions> = {},
) => uploads.complete(bucket, key(name), upload, named, { maxBytes: MAX, ...options });

/** An object that came in these parts. */
export const putInParts = async (
  store: Multipart,
  bucket: string,
  name: string,
  contents: readonly (Uint8Array | string)[],
) => {
  const upload = await begin(store, bucket, name);
  const numbered = Object.fromEntries(contents.map((content, n) => [n + 1, content]));
  const named = await putParts(store, bucket, name, upload, numbered);
  return (await complete(store, bucket, name, upload, named))._unsafeUnwrap();
};
