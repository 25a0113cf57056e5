import { randomUUID } from 'node:crypto';
import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { ConnectionDto, VerifyResultDto } from '../../adapters/http/training-pipes/connection-schemas.js';
import { BucketDto, ObjectListDto } from '../../adapters/http/training-pipes/schemas.js';
import { type ApiFailure, document, nothing, reasonOf } from './client.js';
import { counted } from './figures.js';
import type { Settling } from './made.js';
import type { Trip } from './transfers.js';

const STEP = 'connect';

const failed = (reason: string): ApiFailure => ({ kind: 'unexpected_reply', reason });

/** A second way to the journey's bucket: through the server's own S3 endpoint, with the bucket's keys. */
const create = ({ client, made }: Settling, { stay }: Trip): ResultAsync<string, ApiFailure> =>
  safeTry(async function* () {
    const { key: as, bucketId, projectId } = stay;
    const bucket = yield* client
      .call('getBucket', { as, params: { bucket_id: bucketId } })
      .andThen(document(BucketDto));
    const { id } = yield* client
      .call('createConnection', {
        as,
        params: { project_id: projectId },
        idempotencyKey: randomUUID(),
        json: {
          provider: 's3compat',
          uri: `s3://${bucket.bucket_name}`,
          region: bucket.region,
          access_key_id: bucket.access_key_id,
          secret_access_key: bucket.secret_access_key,
          s3_spec: { endpoint: bucket.endpoint },
        },
      })
      .andThen(document(ConnectionDto));
    const call = { as, params: { conn_id: id } };
    made.undo.push({
      step: 'delete the connection',
      run: () => client.call('deleteConnection', call).andThen(nothing),
    });
    return ok(id);
  });

/** All checks hold, and what is in the bucket can be seen through the connection. */
const verify = ({ client, stay }: Trip, id: string): ResultAsync<number, ApiFailure> =>
  safeTry(async function* () {
    const call = { as: stay.key, params: { conn_id: id } };
    const { status, checks } = yield* client
      .call('verifyConnection', call)
      .andThen(document(VerifyResultDto));
    const broken = checks
      .filter((check) => !check.ok)
      .map(({ name, message }) => `${name}: ${message ?? ''}`);
    if (status !== 'verified') return err(failed(`it is ${status}; ${broken.join('; ')}`));
    const { items } = yield* client.call('listConnectionObjects', call).andThen(document(ObjectListDto));
    return items.length > 0 ? ok(checks.length) : err(failed('nothing can be seen through it'));
  });

const isRefusedEndpoint = (failure: ApiFailure): boolean =>
  failure.kind === 'refused' && failure.status === 400;

/**
 * Connects the bucket to the project as if it were the customer's own, and has the connection verified. A server
 * that somebody else runs need not let connections lead to itself: then it is left out.
 */
export const connectBucket = async (trip: Trip, settling: Settling, ownServer: boolean): Promise<void> => {
  if (trip.signal.aborted) return;
  const began = performance.now();
  const outcome = await create(settling, trip).andThen((id) => verify(trip, id));
  const seconds = (performance.now() - began) / 1000;
  outcome.match(
    (checks) => {
      const note = `verified by ${counted(checks, 'check')}, over S3`;
      trip.phases.push({ name: STEP, files: 0, seconds, note });
    },
    (failure) => {
      if (ownServer || !isRefusedEndpoint(failure))
        return void trip.failures.push({ step: STEP, reason: reasonOf(failure) });
      trip.phases.push({ name: STEP, files: 0, seconds, note: `left out: ${reasonOf(failure)}` });
    },
  );
};
