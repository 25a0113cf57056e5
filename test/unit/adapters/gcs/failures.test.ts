import { describe, expect, it } from 'vitest';
import { projectOf } from '../../../../src/adapters/gcs/access.js';
import { failureOf, ofBucket, unavailable } from '../../../../src/adapters/gcs/failures.js';
import { generationOf, NEVER } from '../../../../src/adapters/gcs/resource.js';

const document = (reason: string) =>
  JSON.stringify({
    error: { code: 0, message: 'words', errors: [{ message: 'words', domain: 'global', reason }] },
  });

describe('gcs: what an answer means', () => {
  it.each([
    [401, 'authError', { kind: 'store_denied', reason: 'words' }],
    [403, 'forbidden', { kind: 'store_denied', reason: 'words' }],
    [403, 'userRateLimitExceeded', { kind: 'unavailable' }],
    [404, 'notFound', { kind: 'refused', status: 404, message: 'words' }],
    [408, 'timeout', { kind: 'unavailable' }],
    [412, 'conditionNotMet', { kind: 'refused', status: 412 }],
    [429, 'rateLimitExceeded', { kind: 'unavailable' }],
    [301, 'movedPermanently', { kind: 'unavailable' }],
    [503, 'backendError', { kind: 'unavailable' }],
  ])('%i for %s', (status, reason, meaning) => {
    expect(failureOf(status, document(reason))).toMatchObject(meaning);
  });

  it('takes words that are no document as they are, and not too many', () => {
    expect(failureOf(404, 'No such object: b/k\n')).toMatchObject({ message: 'No such object: b/k' });
    expect(failureOf(404, '{"error":"text"}')).toMatchObject({ message: '{"error":"text"}' });
    const told = failureOf(403, 'x'.repeat(10_000));
    expect(told).toEqual({ kind: 'store_denied', reason: 'x'.repeat(300) });
  });

  it('takes bad input for good, and what nobody foresaw for a fault', () => {
    expect(ofBucket(failureOf(400, 'Invalid bucket name'))).toEqual({
      kind: 'store_denied',
      reason: 'Invalid bucket name',
    });
    expect(ofBucket(failureOf(409, 'conflict')).kind).toBe('unavailable');
    expect(ofBucket(failureOf(404, 'gone'))).toEqual({ kind: 'bucket_missing' });
  });

  it('keeps the words and the code of an error, and nothing it carries along', () => {
    const carried = Object.assign(new Error('no way'), {
      code: 'ECONNREFUSED',
      config: { secret: 's3cret' },
    });
    const { cause } = unavailable(carried);
    expect(cause).toMatchObject({ message: 'no way', code: 'ECONNREFUSED' });
    expect(cause).not.toHaveProperty('config');
  });
});

describe('gcs: names of others', () => {
  it('reads a generation, and takes whatever is none for one that never was', () => {
    for (const etag of ['1700000000000000', '9223372036854775807']) expect(generationOf(etag)).toBe(etag);
    for (const etag of ['', '0', '01', '-1', '1e9', '*', ' 1', '9223372036854775808', '1'.repeat(20)])
      expect(generationOf(etag)).toBe(NEVER);
  });

  it('knows the project of an account, unless one is named', () => {
    const address = { provider: 'gcp', privateKey: '' } as const;
    const clientEmail = 'store@some-project.iam.gserviceaccount.com';
    expect(projectOf({ ...address, clientEmail })).toBe('some-project');
    expect(projectOf({ ...address, clientEmail, projectId: 'other' })).toBe('other');
    expect(projectOf({ ...address, clientEmail: 'me@example.org' })).toBeUndefined();
  });
});
