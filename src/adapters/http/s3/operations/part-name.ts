import { ok, type Result, safeTry } from 'neverthrow';
import type { PartName, UploadName } from '../../../../application/storage/s3/multipart.js';
import type { S3Failure } from '../errors.js';
import { numberOf, PART_NUMBERS } from '../numbers.js';
import type { S3Request } from '../request.js';
import { parameter } from '../target.js';

export const uploadName = ({ key, query }: S3Request): UploadName => ({
  key,
  upload: parameter(query, 'uploadId') ?? '',
});

/** One part of an upload, as the address names it. */
export const partName = (request: S3Request): Result<PartName, S3Failure> =>
  safeTry(function* () {
    const number = yield* numberOf(request.query, 'partNumber', 0, PART_NUMBERS);
    return ok({ ...uploadName(request), number });
  });
