import { err, ok, type Result, safeTry } from 'neverthrow';
import { type Instant, MINUTE, plus, SECOND } from '../../../domain/shared/time.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { failure, type S3Failure } from './errors.js';
import { type Payload, payloadOf } from './payload/mode.js';
import type { S3App } from './request.js';
import { type Headers, type Presented, presentedBy } from './signing/presented.js';
import { type Signing, verify } from './signing/signature.js';
import type { Target } from './target.js';

export type Knock = {
  readonly method: string;
  readonly target: Target;
  readonly headers: Headers;
  readonly at: Instant;
};
export type Admitted = { readonly bucket: Bucket; readonly signing: Signing; readonly payload: Payload };

const MAX_SKEW = 15 * MINUTE;
/** Clients that know of no regions say this one. */
const ANY_REGION = 'us-east-1';

/** Signed headers prove what was meant: an x-amz header beside them may be anybody's. */
const unsigned = ({ signedHeaders }: Presented, headers: Headers): string | undefined =>
  Object.keys(headers).find(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedHeaders.includes(name),
  );

const inTime = ({ at, expires }: Presented, now: Instant): Result<void, S3Failure> => {
  if (at - now > MAX_SKEW) return err(failure('clock_skew'));
  if (expires === undefined) return now - at > MAX_SKEW ? err(failure('clock_skew')) : ok(undefined);
  return now > plus(at, expires * SECOND) ? err(failure('request_expired')) : ok(undefined);
};

const inRegion = ({ region, expires }: Presented, bucket: Bucket): Result<void, S3Failure> => {
  if (region === bucket.region || region === ANY_REGION) return ok(undefined);
  const kind = expires === undefined ? 'malformed_authorization' : 'malformed_presigning';
  return err({ kind, reason: `The region must be "${bucket.region}".`, region: bucket.region });
};

/** Who asks, proven by their signature over all that is asked. Nothing of the body is read. */
export const admit = ({ s3 }: S3App, knock: Knock) =>
  safeTry<Admitted, S3Failure>(async function* () {
    const { method, target, headers, at } = knock;
    const presented = yield* presentedBy(headers, target.query);
    yield* inTime(presented, at);
    const stray = unsigned(presented, headers);
    if (stray !== undefined) return err(failure('access_denied', `The header ${stray} is not signed.`));
    const payload = yield* payloadOf(presented, headers, target.query);
    const { bucket, secret } = yield* s3.openByKey(presented.accessKeyId);
    yield* inRegion(presented, bucket);
    const signing = await verify(presented, secret, { method, target, headers, payload: payload.line });
    return signing ? ok({ bucket, signing, payload }) : err(failure('signature_mismatch'));
  });
