import { Readable } from 'node:stream';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import type { OpenUpload } from '../../ports/storage/foreign-stores.js';
import type { PutFailure } from '../../ports/storage/object-store.js';
import type { Source } from './body.js';
import { type CallFailure, unavailable } from './failures.js';
import type { Pieces } from './pieces.js';
import { ofPut, type PutDeps, type PutOutcome, type Target } from './request.js';
import { abandon, admitted, begin, complete, ended, type Part, type Sent } from './uploads.js';

/** Of these that many are in memory at one time, and one more that is being filled. */
const IN_FLIGHT = 2;
const MOST_PARTS = 10_000;

export type Incoming = { readonly source: Source; readonly pieces: Pieces; readonly first?: Buffer };
type Content = Buffer | { readonly stream: AsyncIterable<Uint8Array>; readonly length: number };

/** The parts of a body: of a length that is known as they come, otherwise each when it is full. */
async function* contentsOf(
  { pieces, first }: Incoming,
  { limits }: PutDeps,
  length: number | undefined,
): AsyncGenerator<Content> {
  if (length !== undefined) {
    const most = Math.max(limits.streamedPart, Math.ceil(length / MOST_PARTS));
    for (let sent = 0; sent < length; sent += most) {
      const size = Math.min(most, length - sent);
      yield { stream: pieces.stream(size), length: size };
    }
    return;
  }
  if (first) yield first;
  for (;;) {
    const next = await pieces.collect(limits.part);
    if (next.length > 0) yield next;
    if (next.length < limits.part) return;
  }
}

const sendPart = (
  { api }: PutDeps,
  { bucket, key, uploadId }: OpenUpload,
  number: number,
  content: Content,
  signal: AbortSignal,
): ResultAsync<Part, CallFailure> =>
  api((s3) =>
    s3.uploadPart(
      {
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: number,
        Body: Buffer.isBuffer(content) ? content : Readable.from(content.stream, { objectMode: false }),
        ContentLength: content.length,
      },
      { abortSignal: signal },
    ),
  ).map(({ ETag = '' }) => ({ PartNumber: number, ETag }));

/** All parts; whatever fails first ends the others, and none is on its way when this is settled. */
const sendAll = async (
  deps: PutDeps,
  upload: OpenUpload,
  incoming: Incoming,
  length: number | undefined,
): Promise<Result<Sent, PutFailure>> => {
  const { source } = incoming;
  const room = length === undefined ? IN_FLIGHT : 1;
  const parts: Part[] = [];
  const inFlight = new Set<Promise<void>>();
  let failure: PutFailure | undefined;
  let size = 0;
  const fail = (why: PutFailure) => {
    failure ??= why;
    source.stop();
  };
  let number = 0;
  try {
    for await (const content of contentsOf(incoming, deps, length)) {
      number += 1;
      size += content.length;
      const sending: Promise<void> = sendPart(deps, upload, number, content, source.broken)
        .match(
          (part) => void parts.push(part),
          (why) => fail(ofPut(why)),
        )
        .finally(() => inFlight.delete(sending));
      inFlight.add(sending);
      if (inFlight.size >= room) await Promise.race(inFlight);
      if (failure) break;
    }
  } catch (error) {
    // Only the body throws, and it says why itself.
    fail(source.refusal() ?? { kind: 'body_mismatch', reason: String(error) });
  }
  await Promise.all(inFlight);
  if (!source.isComplete()) fail(unavailable('the store did not take all of the body'));
  return failure ? err(failure) : ok({ parts: parts.sort((a, b) => a.PartNumber - b.PartNumber), size });
};

/** An upload in parts: written down before the first of them, and abandoned when it fails. */
export const putInParts = (deps: PutDeps, target: Target, incoming: Incoming): PutOutcome =>
  admitted(deps, target)
    .andThen(() => begin(deps, target))
    .andThen((upload) =>
      new ResultAsync(sendAll(deps, upload, incoming, target.options.length))
        .andThen((sent) => admitted(deps, target).map(() => sent))
        .andThen((sent) => complete(deps, target, upload, sent))
        .andThen((meta) => ended(deps, upload).map(() => meta))
        .orElse((failure) => abandon(deps, upload).andThen(() => errAsync(failure))),
    );
