import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import { errAsync, ok, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type CallFailure, unavailable } from '../../../../src/adapters/s3/failures.js';
import type { PutDeps } from '../../../../src/adapters/s3/request.js';
import { abandon, etagOfParts } from '../../../../src/adapters/s3/uploads.js';
import type { ObjectKey } from '../../../../src/domain/storage/object-key.js';
import { toldJournal } from '../../../support/journal.js';

describe('the version of an object that came in parts', () => {
  it('is known beforehand, from the MD5s of the parts', () => {
    const parts = ['a', 'b'].map((part) => createHash('md5').update(part).digest('hex'));
    // MD5 over the two digests, and how many they are, by another tool.
    expect(etagOfParts(parts)).toBe('96e024ba2074fe77e8e965ba43a704be-2');
  });

  it('is not known where a part has another kind of version', () => {
    expect(etagOfParts(['not-an-md5'])).toBeUndefined();
  });
});

describe('an upload that is abandoned', () => {
  const UPLOAD = { bucket: 'bucket', key: 'k' as ObjectKey, uploadId: 'upload' };
  /** A store that answers an abort with this. */
  const abandoned = async (refused?: CallFailure) => {
    const told = toldJournal();
    const s3 = { abortMultipartUpload: async () => ({}) } as unknown as S3;
    const api: PutDeps['api'] = (work) =>
      refused ? errAsync(refused) : ResultAsync.fromSafePromise(work(s3));
    expect(await abandon({ api, journal: told.journal } as PutDeps, UPLOAD)).toEqual(ok(undefined));
    return { ended: told.ended, left: told.left };
  };
  const refusal = (status: number, code: string): CallFailure => ({
    kind: 'refused',
    status,
    code,
    reason: code,
  });

  it('is crossed out when the store has let go of it, or never heard of it', async () => {
    for (const refused of [undefined, refusal(404, 'NoSuchUpload'), refusal(404, 'NoSuchBucket')])
      expect(await abandoned(refused)).toEqual({ ended: [UPLOAD], left: [] });
  });

  it('is left on record when the store does not answer, or refuses', async () => {
    for (const refused of [unavailable('down'), refusal(503, 'SlowDown'), refusal(403, 'AccessDenied')])
      expect(await abandoned(refused)).toEqual({ ended: [], left: [UPLOAD] });
  });
});
