import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { Bench, Case } from './s3.cases.bench.js';

const filled = async ({ put }: Bench, ...keys: string[]) => {
  for (const key of keys) await put(key);
};
const v2 = ({ client, Bucket }: Bench, more: object = {}) =>
  client.send(new ListObjectsV2Command({ Bucket, ...more }));
const v1 = ({ client, Bucket }: Bench, more: object = {}) =>
  client.send(new ListObjectsCommand({ Bucket, ...more }));
const keysOf = ({ Contents = [] }: { Contents?: { Key?: string | undefined }[] | undefined }) =>
  Contents.map(({ Key }) => Key);

/** Cases of lists, by the names that ceph's s3-tests give them. */
export const listingCases: Readonly<Record<string, Case>> = {
  test_bucket_list_empty: async (b) => expect(await b.list()).toEqual([[], []]),
  test_bucket_list_distinct: async (b) => {
    await b.put('mine');
    const { benchOn } = await import('./s3.cases.bench.js');
    expect(await (await benchOn(b.world)).list()).toEqual([[], []]);
  },
  test_bucket_list_many: async (b) => {
    await filled(b, 'bar', 'baz', 'foo');
    const first = await v1(b, { MaxKeys: 2 });
    expect([keysOf(first), first.IsTruncated]).toEqual([['bar', 'baz'], true]);
    const rest = await v1(b, { MaxKeys: 2, Marker: 'baz' });
    expect([keysOf(rest), rest.IsTruncated]).toEqual([['foo'], false]);
  },
  test_bucket_listv2_many: async (b) => {
    await filled(b, 'bar', 'baz', 'foo');
    const first = await v2(b, { MaxKeys: 2 });
    expect([keysOf(first), first.IsTruncated]).toEqual([['bar', 'baz'], true]);
    const rest = await v2(b, { MaxKeys: 2, ContinuationToken: first.NextContinuationToken });
    expect([keysOf(rest), rest.IsTruncated]).toEqual([['foo'], false]);
  },
  test_basic_key_count: async (b) => {
    await filled(b, 'a', 'b', 'c', 'd', 'e');
    expect((await v2(b)).KeyCount).toBe(5);
  },
  test_bucket_list_delimiter_basic: async (b) => {
    await filled(b, 'foo/bar', 'foo/bar/xyzzy', 'quux/thud', 'asdf');
    expect(await b.list({ Delimiter: '/' })).toEqual([['asdf'], ['foo/', 'quux/']]);
  },
  test_bucket_list_encoding_basic: async (b) => {
    await filled(b, 'foo+1/bar', 'foo/bar/xyzzy', 'quux ab/thud', 'asdf+b');
    const listed = await b.list({ Delimiter: '/', EncodingType: 'url' });
    expect(listed).toEqual([['asdf%2Bb'], ['foo%2B1/', 'foo/', 'quux%20ab/']]);
  },
  test_bucket_list_delimiter_prefix: async (b) => {
    await filled(b, 'asdf', 'boo/bar', 'boo/baz/xyzzy', 'cquux/thud', 'cquux/bla');
    const page = async (more: object) => {
      const { CommonPrefixes = [], ...got } = await v1(b, { Delimiter: '/', ...more });
      return [keysOf(got), CommonPrefixes.map(({ Prefix }) => Prefix), got.IsTruncated, got.NextMarker];
    };
    expect(await page({ MaxKeys: 1 })).toEqual([['asdf'], [], true, 'asdf']);
    expect(await page({ MaxKeys: 1, Marker: 'asdf' })).toEqual([[], ['boo/'], true, 'boo/']);
    expect(await page({ MaxKeys: 1, Marker: 'boo/' })).toEqual([[], ['cquux/'], false, undefined]);
    expect(await page({ MaxKeys: 2 })).toEqual([['asdf'], ['boo/'], true, 'boo/']);
    expect(await page({ Prefix: 'boo/', MaxKeys: 1 })).toEqual([['boo/bar'], [], true, 'boo/bar']);
    expect(await page({ Prefix: 'boo/', Marker: 'boo/bar' })).toEqual([[], ['boo/baz/'], false, undefined]);
  },
  test_bucket_list_delimiter_prefix_ends_with_delimiter: async (b) => {
    await b.put('asdf/');
    expect(await b.list({ Prefix: 'asdf/', Delimiter: '/' })).toEqual([['asdf/'], []]);
  },
  test_bucket_list_delimiter_empty: async (b) => {
    await filled(b, 'bar', 'foo/x');
    expect(await b.list({ Delimiter: '' })).toEqual([['bar', 'foo/x'], []]);
  },
  test_bucket_list_delimiter_none: async (b) => {
    await filled(b, 'bar', 'foo/x');
    expect(await b.list()).toEqual([['bar', 'foo/x'], []]);
  },
  test_bucket_list_delimiter_not_exist: async (b) => {
    await filled(b, 'bar', 'baz');
    expect(await b.list({ Delimiter: '/' })).toEqual([['bar', 'baz'], []]);
  },
  test_bucket_list_delimiter_not_skip_special: async (b) => {
    await filled(b, '0/1000', '0/1001', '1999', '1999#', '1999+', '2000');
    expect(await b.list({ Delimiter: '/' })).toEqual([['1999', '1999#', '1999+', '2000'], ['0/']]);
  },
  test_bucket_list_prefix_basic: async (b) => {
    await filled(b, 'foo/bar', 'foo/baz', 'quux');
    expect(await b.list({ Prefix: 'foo/' })).toEqual([['foo/bar', 'foo/baz'], []]);
  },
  test_bucket_list_prefix_alt: async (b) => {
    await filled(b, 'bar', 'baz', 'foo');
    expect(await b.list({ Prefix: 'ba' })).toEqual([['bar', 'baz'], []]);
  },
  test_bucket_list_prefix_empty: async (b) => {
    await filled(b, 'bar', 'foo');
    expect(await b.list({ Prefix: '' })).toEqual([['bar', 'foo'], []]);
  },
  test_bucket_list_prefix_not_exist: async (b) => {
    await b.put('foo');
    expect(await b.list({ Prefix: 'd' })).toEqual([[], []]);
  },
  test_bucket_list_prefix_unreadable: async (b) => {
    await b.put('foo');
    expect(await b.list({ Prefix: '\n' })).toEqual([[], []]);
  },
  test_bucket_list_prefix_delimiter_basic: async (b) => {
    await filled(b, 'foo/bar', 'foo/baz/xyzzy', 'quux/thud', 'asdf');
    expect(await b.list({ Prefix: 'foo/', Delimiter: '/' })).toEqual([['foo/bar'], ['foo/baz/']]);
  },
  test_bucket_list_prefix_delimiter_prefix_not_exist: async (b) => {
    await filled(b, 'b/a/r', 'b/a/c');
    expect(await b.list({ Prefix: 'd', Delimiter: '/' })).toEqual([[], []]);
  },
  test_bucket_list_special_prefix: async (b) => {
    await filled(b, '_bla/1', '_bla/2', 'abcd');
    expect(await b.list({ Prefix: '_bla/' })).toEqual([['_bla/1', '_bla/2'], []]);
  },
  test_bucket_list_maxkeys_one: async (b) => {
    await filled(b, 'bar', 'baz', 'foo');
    expect(keysOf(await v1(b, { MaxKeys: 1 }))).toEqual(['bar']);
    expect(keysOf(await v2(b, { StartAfter: 'bar' }))).toEqual(['baz', 'foo']);
  },
  test_bucket_list_maxkeys_zero: async (b) => {
    await b.put('a');
    expect(await v1(b, { MaxKeys: 0 })).toMatchObject({ IsTruncated: false, MaxKeys: 0 });
    expect(keysOf(await v2(b, { MaxKeys: 0 }))).toEqual([]);
  },
  test_bucket_list_maxkeys_none: async (b) => {
    await b.put('a');
    expect(await v1(b)).toMatchObject({ IsTruncated: false, MaxKeys: 1000 });
  },
  test_bucket_list_maxkeys_invalid: async (b) => {
    const answer = await b.raw({ path: `/s3/${b.Bucket}?max-keys=blah` });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
  },
  test_bucket_list_marker_none: async (b) => expect((await v1(b)).Marker).toBe(''),
  test_bucket_list_marker_unreadable: async (b) => {
    await b.put('foo');
    expect(keysOf(await v1(b, { Marker: '\n' }))).toEqual(['foo']);
  },
  test_bucket_list_marker_not_in_list: async (b) => {
    await filled(b, 'bar', 'foo', 'quxx');
    expect(keysOf(await v1(b, { Marker: 'blah' }))).toEqual(['foo', 'quxx']);
  },
  test_bucket_list_marker_after_list: async (b) => {
    await filled(b, 'bar', 'foo');
    expect(keysOf(await v1(b, { Marker: 'zzz' }))).toEqual([]);
  },
  test_bucket_listv2_continuationtoken_empty: async (b) => {
    await filled(b, 'bar', 'foo');
    expect(keysOf(await v2(b, { ContinuationToken: '' }))).toEqual(['bar', 'foo']);
  },
  test_bucket_listv2_both_continuationtoken_startafter: async (b) => {
    await filled(b, 'bar', 'baz', 'foo', 'quxx');
    const first = await v2(b, { StartAfter: 'bar', MaxKeys: 1 });
    const { NextContinuationToken: ContinuationToken } = first;
    expect(keysOf(await v2(b, { StartAfter: 'bar', ContinuationToken }))).toEqual(['foo', 'quxx']);
  },
  test_bucket_listv2_startafter_not_in_list: async (b) => {
    await filled(b, 'bar', 'foo', 'quxx');
    expect(keysOf(await v2(b, { StartAfter: 'blah' }))).toEqual(['foo', 'quxx']);
  },
  test_bucket_listv2_startafter_after_list: async (b) => {
    await b.put('bar');
    expect(keysOf(await v2(b, { StartAfter: 'zzz' }))).toEqual([]);
  },
  test_bucket_list_return_data: async (b) => {
    const etag = await b.put('bar', { Body: 'abc' });
    const [entry] = (await v1(b)).Contents ?? [];
    expect(entry).toMatchObject({ Key: 'bar', Size: 3, ETag: etag, StorageClass: 'STANDARD' });
    expect(entry?.LastModified).toBeInstanceOf(Date);
  },
  test_bucket_list_objects_anonymous_fail: async ({ client: _, world, Bucket }) => {
    const { status } = await fetch(`${world.app.url}/s3/${Bucket}`);
    expect(status).toBe(403);
  },
};
