import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { ObjectStore, PutFailure } from '../../ports/storage/object-store.js';
import { type Source, sourceOf } from './body.js';
import { answeredAt } from './dates.js';
import { type CallFailure, isPassing, isSkewed, unavailable } from './failures.js';
import { described, metaOf } from './meta.js';
import { putInParts } from './parts.js';
import { type Pieces, piecesOf } from './pieces.js';
import {
  conditionsOf,
  isConditional,
  isImpossible,
  isMet,
  ofPut,
  type PutDeps,
  type PutOutcome,
  type Target,
  UNMET,
  versionAt,
} from './request.js';

/** A body that was read from cannot be sent again; a refused clock is corrected by then, so one more try is worth it. */
const corrected = <T>(
  attempt: () => ResultAsync<T, CallFailure>,
  isRepeatable: () => boolean,
): ResultAsync<T, CallFailure> =>
  attempt().orElse((failure) => (isSkewed(failure) && isRepeatable() ? attempt() : errAsync(failure)));

type Content = Buffer | { readonly source: Source; readonly length: number };

const TRIES = 4;
const PAUSE_MS = 40;

/**
 * Some servers break off the losers of a race where others refuse them. The object shows whether the condition
 * still holds, so that another try is right; when it may be ours already, nothing is said of it.
 */
const raced = <T>(
  deps: PutDeps,
  target: Target,
  content: Buffer,
  attempt: () => ResultAsync<T, CallFailure>,
  tries = 1,
): ResultAsync<T, PutFailure> =>
  attempt().orElse((failure): ResultAsync<T, PutFailure> => {
    const { options } = target;
    if (failure.kind !== 'refused' || !isPassing(failure) || tries === TRIES) return errAsync(ofPut(failure));
    return versionAt(deps, target).andThen((etag) => {
      if (etag === createHash('md5').update(content).digest('hex')) return errAsync(ofPut(failure));
      return isMet(options, etag)
        ? ResultAsync.fromSafePromise(pause(PAUSE_MS * tries)).andThen(() =>
            raced(deps, target, content, attempt, tries + 1),
          )
        : errAsync(UNMET);
    });
  });

/**
 * One request, and with it all of the object at one moment. The SDK repeats requests, but none with a stream:
 * what has a condition goes as one, since a repetition would meet the object that the first try had made.
 */
const putWhole = (deps: PutDeps, target: Target, content: Content): PutOutcome => {
  const { api, clock } = deps;
  const { bucket, key, options } = target;
  const isWhole = Buffer.isBuffer(content);
  const body = (): Buffer | Readable => {
    if (!isWhole) return Readable.from(content.source.bytes, { objectMode: false });
    return isConditional(options) ? Readable.from([content], { objectMode: false }) : content;
  };
  const attempt = () =>
    api((s3) =>
      s3.putObject(
        {
          Bucket: bucket,
          Key: key,
          Body: body(),
          ContentLength: content.length,
          ...described(options),
          ...conditionsOf(options),
        },
        isWhole ? {} : { abortSignal: content.source.broken },
      ),
    );
  const tried = () => corrected(attempt, () => isWhole || content.source.isUntouched());
  const answered =
    isWhole && isConditional(options) ? raced(deps, target, content, tried) : tried().mapErr(ofPut);
  return answered.andThen((answer): PutOutcome => {
    if (!isWhole && !content.source.isComplete())
      return errAsync(unavailable('the store answered before it had all of the body'));
    const { contentType: ContentType, metadata = {} } = options;
    return okAsync({
      ...metaOf(key, content.length, { ETag: answer.ETag, ContentType }),
      modifiedAt: answeredAt(answer) ?? clock.now(),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    });
  });
};

const collected = (pieces: Pieces, bytes: number): ResultAsync<Buffer, PutFailure> =>
  ResultAsync.fromPromise(pieces.collect(bytes), () => unavailable('the body could not be read'));

const send = (deps: PutDeps, target: Target, source: Source): PutOutcome => {
  const { limits } = deps;
  const { length } = target.options;
  if (length !== undefined && length > limits.whole && length <= limits.single)
    return putWhole(deps, target, { source, length });
  const pieces = piecesOf(source.bytes);
  if (length !== undefined && length > limits.single) return putInParts(deps, target, { source, pieces });
  return collected(pieces, limits.part).andThen((first) =>
    source.isComplete() && first.length < limits.part
      ? putWhole(deps, target, first)
      : putInParts(deps, target, { source, pieces, first }),
  );
};

/**
 * Known lengths up to 5 GiB go in one request, larger ones in parts that are streamed; what does not say how large
 * it is in parts that are held, of which there may be 10,000. When the store has answered, a sender that stalls or
 * has more to say is not read any further.
 */
export const putS3 =
  (deps: PutDeps): ObjectStore['put'] =>
  (bucket, key, body, options) => {
    const { object, part, parts } = deps.limits;
    const most = options.length === undefined ? part * parts : object;
    const source = sourceOf(body, { ...options, maxBytes: Math.min(options.maxBytes, most) });
    const stopping = <T>(outcome: T): T => {
      source.stop();
      return outcome;
    };
    const refusal = source.refusal() ?? (isImpossible(options) ? UNMET : undefined);
    if (refusal) return errAsync(stopping(refusal));
    return send(deps, { bucket, key, options }, source)
      .mapErr((failure) => source.refusal() ?? failure)
      .map(stopping)
      .mapErr(stopping);
  };
