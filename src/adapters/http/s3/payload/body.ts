import type { Context } from 'koa';
import { err, ok, Result } from 'neverthrow';
import type { SentBody } from '../../../../application/storage/s3/write-object.js';
import { readBody } from '../../kit/body.js';
import type { Incoming } from '../../kit/route.js';
import type { Timing } from '../../kit/timing.js';
import { failure, type S3Failure } from '../errors.js';
import { chunkChain, type Signing } from '../signing/signature.js';
import { type Checks, checksOf, toldOf } from './checks.js';
import { heldToCrc64 } from './crc64nvme.js';
import { dechunked } from './dechunked.js';
import type { Payload } from './mode.js';

/** A body, and what can be said of its checksums once all of it was good. */
export type Body = SentBody<S3Failure> & { readonly told: () => Readonly<Record<string, string>> };
export type BodyInput = {
  readonly ctx: Context;
  readonly timing: Timing;
  readonly payload: Payload;
  readonly signing: Signing;
  readonly header: (name: string) => string | undefined;
};

const MOST_DIGITS = 15;

const lengthOf = ({ payload, header }: BodyInput, incoming: Incoming): Result<number, S3Failure> => {
  const text = payload.kind === 'chunks' ? header('x-amz-decoded-content-length') : undefined;
  const length = payload.kind === 'chunks' ? text && Number(text) : incoming.length;
  if (text !== undefined && !(/^\d+$/.test(text) && text.length <= MOST_DIGITS))
    return err(failure('invalid_argument', 'x-amz-decoded-content-length must be a number.'));
  return typeof length === 'number' ? ok(length) : err(failure('missing_length'));
};

type Arrival = { readonly trailers: Map<string, string>; refused: S3Failure | undefined };

type Bytes = Incoming['bytes'];

const unframed = (
  { payload, signing }: BodyInput,
  bytes: Bytes,
  announced: ReadonlySet<string>,
  arrival: Arrival,
): Bytes =>
  payload.kind === 'chunks'
    ? dechunked(bytes, {
        chain: payload.signed ? chunkChain(signing) : undefined,
        trailers: payload.trailers ? announced : undefined,
        refuse: (why) => {
          arrival.refused = why;
        },
        trailer: (name, value) => void arrival.trailers.set(name, value),
      })
    : bytes;

/** The bytes themselves, out of whatever frames them. */
const contentOf = (
  input: BodyInput,
  incoming: Incoming,
  { trailers, crc64 }: Checks,
  arrival: Arrival,
): Bytes => {
  const bytes = unframed(input, incoming.bytes, trailers, arrival);
  if (!crc64) return bytes;
  return heldToCrc64(bytes, crc64, () => {
    arrival.refused = failure('checksum_mismatch');
  });
};

/** The request's body as its content. Nothing of it is read, and no sender invited, before it is iterated. */
export const sentBody = async (input: BodyInput): Promise<Result<Body, S3Failure>> => {
  const taken = await readBody(input.ctx, { kind: 'stream' }, input.timing);
  if (taken.isErr()) return err(failure('body_mismatch'));
  const incoming = taken.value.value as Incoming;
  const arrival: Arrival = { trailers: new Map(), refused: undefined };
  const { header, payload } = input;
  const names = Object.keys(input.ctx.req.headers);
  const held = checksOf({ header, payload, names }, arrival.trailers);
  return Result.combine([lengthOf(input, incoming), held]).map(([length, checks]) => ({
    bytes: contentOf(input, incoming, checks, arrival),
    length,
    signal: incoming.signal,
    expectations: checks.expectations,
    refused: () => arrival.refused ?? (incoming.signal.aborted ? failure('slow_sender') : undefined),
    told: () => toldOf(checks),
  }));
};
