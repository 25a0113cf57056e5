import type { ClientRequest } from 'node:http';
import { errAsync } from 'neverthrow';
import type { Random } from '../../ports/shared/random.js';
import type { ObjectStore, PutFailure, PutOptions } from '../../ports/storage/object-store.js';
import { type BodyRefusal, type HeldBody, heldBody } from '../kit/held-body.js';
import { type GcsApi, objectsPath } from './api.js';
import type { Exchange } from './exchange.js';
import { type CallFailure, ofBucket } from './failures.js';
import { FIELDS, generationOf, metaOf, NEVER, Resource, UNTYPED } from './resource.js';

const BOUNDARY_BYTES = 24;

/** What stands around the bytes of an object in multipart/related. */
type Frame = { readonly type: string; readonly head: Buffer; readonly tail: Buffer };

/** A boundary nobody can foresee cannot be hidden in a body to cut it short. */
const frameOf = (boundary: string, fields: object): Frame => ({
  type: `multipart/related; boundary=${boundary}`,
  head: Buffer.from(
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(fields)}\r\n` +
      `--${boundary}\r\nContent-Type: ${UNTYPED}\r\n\r\n`,
  ),
  tail: Buffer.from(`\r\n--${boundary}--\r\n`),
});

/** 0 stands for no object; both conditions at once hold for none. */
const conditionOf = ({ ifMatch, ifNoneMatch }: PutOptions): string | undefined => {
  if (ifNoneMatch !== undefined) return ifMatch === undefined ? '0' : NEVER;
  return ifMatch === undefined ? undefined : generationOf(ifMatch);
};

/** Until the connection takes more, or there is no more use in waiting for it. */
const writable = (request: ClientRequest, stopped: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      request.off('drain', settle).off('close', settle);
      stopped.removeEventListener('abort', settle);
      resolve();
    };
    request.once('drain', settle).once('close', settle);
    stopped.addEventListener('abort', settle, { once: true });
    if (stopped.aborted) settle();
  });

/** The end of the frame is sent after the last byte has proved right; without it the service stores nothing. */
const pour =
  (body: HeldBody, { head, tail }: Frame) =>
  async ({ request, expect, rest }: Exchange): Promise<BodyRefusal | undefined> => {
    request.write(head);
    for await (const chunk of body.bytes) {
      if (request.destroyed) return undefined;
      if (request.write(chunk)) continue;
      expect();
      await writable(request, body.stopped);
      rest();
    }
    const refusal = body.refusal();
    if (refusal) return refusal;
    expect();
    request.end(tail);
    return undefined;
  };

/** With the answer there, a sender that has more to say, or stalls, is not read any further. */
const stopping =
  ({ stop }: HeldBody) =>
  <T>(outcome: T): T => {
    stop();
    return outcome;
  };

const isPutFailure = (failure: CallFailure | BodyRefusal): failure is BodyRefusal =>
  failure.kind === 'object_too_large' || failure.kind === 'body_mismatch';
const failureOf = (failure: CallFailure | BodyRefusal): PutFailure => {
  if (isPutFailure(failure)) return failure;
  return failure.kind === 'refused' && failure.status === 412
    ? { kind: 'precondition_failed' }
    : ofBucket(failure);
};

/** One request for bodies of known and unknown length: with its end, all of the object is visible at once. */
export const putGcs =
  (api: GcsApi, random: Random): ObjectStore['put'] =>
  (bucket, key, body, options) => {
    const held = heldBody(body, options);
    const refusal = held.refusal();
    if (refusal) return errAsync(refusal);
    const { length, contentType, metadata } = options;
    const frame = frameOf(random.token(BOUNDARY_BYTES), { contentType, metadata });
    const call = {
      method: 'POST' as const,
      path: `/upload${objectsPath(bucket)}`,
      query: {
        uploadType: 'multipart',
        name: key,
        ifGenerationMatch: conditionOf(options),
        fields: FIELDS,
      },
      headers: {
        'content-type': frame.type,
        ...(length !== undefined && {
          'content-length': String(frame.head.length + length + frame.tail.length),
        }),
      },
    };
    const stored = api.upload(call, pour(held, frame), Resource).map(metaOf).mapErr(failureOf);
    return stored.map(stopping(held)).mapErr(stopping(held));
  };
