import { Readable } from 'node:stream';
import type { S3 } from '@aws-sdk/client-s3';
import type { HttpResponse } from '@smithy/protocol-http';

/** A page of a thousand keys, each as long as keys get and all of it percent-encoded, has half of this. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Twice as many as a page of a thousand objects has of which everything is told. */
const MOST_TAGS = 50_000;
const TAG = 0x3c;

const READ_ELSEWHERE = new Set(['GetObjectCommand', 'ListObjectsV2Command']);
const NOTHING = Buffer.alloc(0);

/** Completing an upload may take a store minutes; nothing else takes it as long. */
export const ANSWER_MS = 300_000;

const tooMuch = (what: string): Error => new Error(`the store answered with more than ${what}`);

/** All of an answer, if it ends in time and is not larger than any that makes sense; its connection is cut otherwise. */
export const wholeOf = async (body: unknown, ms: number): Promise<Buffer> => {
  if (!(body instanceof Readable)) return NOTHING;
  const late = new Error(`the answer of the store did not end within ${ms} ms`);
  const timer = setTimeout(() => body.destroy(late), ms);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MOST_BYTES) throw tooMuch(`${MOST_BYTES} bytes`);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks, size);
};

/** The same document, if it is one that the parser of the SDK gets through in a moment. */
export const parsable = (document: Buffer): Buffer => {
  let tags = 0;
  for (let at = document.indexOf(TAG); at >= 0; at = document.indexOf(TAG, at + 1)) {
    tags += 1;
    if (tags > MOST_TAGS) throw tooMuch(`${MOST_TAGS} tags`);
  }
  return document;
};

/**
 * Takes whole, within bounds, whatever is neither an object's content nor a page of a listing, which has a reader of its
 * own: the SDK would gather all that a store cares to send, and stores of others are chosen by others.
 */
export const boundAnswers = (s3: S3, answerMs: number): void =>
  s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const answer = result.response as HttpResponse;
        const isGranted = answer.statusCode >= 200 && answer.statusCode < 300;
        if (isGranted && READ_ELSEWHERE.has(commandName)) return result;
        answer.body = parsable(await wholeOf(answer.body, answerMs));
        return result;
      },
    { step: 'deserialize', name: 'boundAnswers', priority: 'low' },
  );
