import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { Bench, Case } from './s3.cases.bench.js';
import { refusal } from './s3.objects.scenarios.js';

export const get = ({ client, Bucket }: Bench, Key: string, more: object = {}) =>
  client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const head = ({ client, Bucket }: Bench, Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
/** The status that a call of the SDK was answered with. */
export const status = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => ({ $metadata: { httpStatusCode: 200 } }),
    (refused) => refused,
  );
  return error.$metadata.httpStatusCode;
};

/** Cases of conditions and ranges, by the names that ceph's s3-tests give them. */
export const readCases: Readonly<Record<string, Case>> = {
  test_get_object_ifmatch_good: async (b) =>
    expect(await status(get(b, 'foo', { IfMatch: await b.put('foo') }))).toBe(200),
  test_get_object_ifmatch_failed: async (b) => {
    await b.put('foo');
    expect(await status(get(b, 'foo', { IfMatch: '"ABCORZ"' }))).toBe(412);
  },
  test_get_object_ifnonematch_failed: async (b) => {
    await b.put('foo');
    expect(await status(get(b, 'foo', { IfNoneMatch: 'ABCORZ' }))).toBe(200);
  },
  test_get_object_ifnonematch_good: async (b) =>
    expect(await status(get(b, 'foo', { IfNoneMatch: await b.put('foo') }))).toBe(304),
  test_get_object_ifmodifiedsince_good: async (b) => {
    await b.put('foo');
    expect(await status(get(b, 'foo', { IfModifiedSince: new Date(1994, 9, 29) }))).toBe(200);
  },
  test_get_object_ifmodifiedsince_failed: async (b) => {
    await b.put('foo');
    const { LastModified } = await head(b, 'foo');
    const after = new Date(Number(LastModified) + 1000);
    expect(await status(get(b, 'foo', { IfModifiedSince: after }))).toBe(304);
  },
  test_get_object_ifunmodifiedsince_good: async (b) => {
    await b.put('foo');
    expect(await status(get(b, 'foo', { IfUnmodifiedSince: new Date(1994, 9, 29) }))).toBe(412);
  },
  test_get_object_ifunmodifiedsince_failed: async (b) => {
    await b.put('foo');
    expect(await status(get(b, 'foo', { IfUnmodifiedSince: new Date(2100, 0, 1) }))).toBe(200);
  },
  test_put_object_ifmatch_good: async (b) => {
    const IfMatch = await b.put('foo');
    await b.put('foo', { IfMatch, Body: 'zar' });
    expect(await b.text('foo')).toBe('zar');
  },
  test_put_object_ifmatch_failed: async (b) => {
    await b.put('foo');
    expect(await status(b.put('foo', { IfMatch: '"ABCORZ"' }))).toBe(412);
    expect(await b.text('foo')).toBe('foo');
  },
  test_put_object_ifmatch_nonexisted_failed: async (b) => {
    expect(await status(b.put('foo', { IfMatch: '*' }))).toBe(412);
    expect(await refusal(b.text('foo'))).toBe('NoSuchKey');
  },
  test_put_object_ifnonmatch_nonexisted_good: async (b) => {
    await b.put('foo', { IfNoneMatch: '*' });
    expect(await b.text('foo')).toBe('foo');
  },
  test_put_object_ifnonmatch_overwrite_existed_failed: async (b) => {
    await b.put('foo');
    expect(await status(b.put('foo', { IfNoneMatch: '*' }))).toBe(412);
  },
  test_ranged_request_response_code: async (b) => {
    await b.put('testobj', { Body: 'testcontent' });
    const part = await get(b, 'testobj', { Range: 'bytes=4-7' });
    expect([await part.Body?.transformToString(), part.ContentRange]).toEqual(['cont', 'bytes 4-7/11']);
    expect(part.$metadata.httpStatusCode).toBe(206);
  },
  test_ranged_request_skip_leading_bytes_response_code: async (b) => {
    await b.put('testobj', { Body: 'testcontent' });
    expect((await get(b, 'testobj', { Range: 'bytes=4-' })).ContentRange).toBe('bytes 4-10/11');
  },
  test_ranged_request_return_trailing_bytes_response_code: async (b) => {
    await b.put('testobj', { Body: 'testcontent' });
    expect((await get(b, 'testobj', { Range: 'bytes=-7' })).ContentRange).toBe('bytes 4-10/11');
  },
  test_ranged_request_invalid_range: async (b) => {
    await b.put('testobj', { Body: 'testcontent' });
    expect(await status(get(b, 'testobj', { Range: 'bytes=40-50' }))).toBe(416);
  },
  test_ranged_request_empty_object: async (b) => {
    await b.put('testobj', { Body: '' });
    expect(await refusal(get(b, 'testobj', { Range: 'bytes=40-50' }))).toBe('InvalidRange');
  },
};
