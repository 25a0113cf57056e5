import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { raw, signed } from './s3.calls.js';
import type { Bench, Case } from './s3.cases.bench.js';
import { status } from './s3.cases.reads.js';
import { refusal } from './s3.objects.scenarios.js';

const head = ({ client, Bucket }: Bench, Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
const copy = ({ client, Bucket }: Bench, from: string, Key: string, more: object = {}) =>
  client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}`, ...more }));
const HOUR = 3_600_000;
const PUT = { method: 'PUT' } as const;

const parts = async ({ client, Bucket }: Bench, Key: string, bodies: readonly string[]) => {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  return client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
};

/** Cases of objects, by the names that ceph's s3-tests give them. */
export const objectCases: Readonly<Record<string, Case>> = {
  test_object_read_not_exist: async (b) => expect(await refusal(b.text('bar'))).toBe('NoSuchKey'),
  test_object_head_zero_bytes: async (b) => {
    await b.put('foo', { Body: '' });
    expect((await head(b, 'foo')).ContentLength).toBe(0);
  },
  test_object_write_cache_control: async (b) => {
    await b.put('foo', { CacheControl: 'public, max-age=14400' });
    expect((await head(b, 'foo')).CacheControl).toBe('public, max-age=14400');
  },
  test_object_write_expires: async (b) => {
    const Expires = new Date(Math.floor(Date.now() / 1000 + 3600) * 1000);
    await b.put('foo', { Expires });
    expect((await head(b, 'foo')).ExpiresString).toBe(Expires.toUTCString());
  },
  test_object_write_read_update_read_delete: async (b) => {
    await b.put('foo', { Body: 'bar' });
    expect(await b.text('foo')).toBe('bar');
    await b.put('foo', { Body: 'soup' });
    expect(await b.text('foo')).toBe('soup');
  },
  test_object_set_get_metadata_overwrite_to_empty: async (b) => {
    await b.put('foo', { Metadata: { meta1: 'oldmeta' } });
    await b.put('foo', { Metadata: { meta1: '' } });
    expect((await head(b, 'foo')).Metadata).toEqual({ meta1: '' });
  },
  test_object_metadata_replaced_on_put: async (b) => {
    await b.put('foo', { Metadata: { meta1: 'bar' } });
    await b.put('foo');
    expect((await head(b, 'foo')).Metadata).toEqual({});
  },
  test_object_content_encoding_aws_chunked: async (b) => {
    await b.put('foo', { ContentEncoding: 'gzip, aws-chunked' });
    expect((await head(b, 'foo')).ContentEncoding).toBe('gzip');
  },
  test_bucket_create_special_key_names: async (b) => {
    const names = [' ', '"', '$', '%', '&', "'", '<', '>', '_', '_ ', '_ _', '__'];
    for (const name of names) await b.put(name);
    for (const name of names) expect(await b.text(name)).toBe(name);
  },
  test_multi_object_delete: async (b) => {
    const Objects = ['key0', 'key1', 'key2'].map((Key) => ({ Key }));
    for (const { Key } of Objects) await b.put(Key);
    const remove = () => b.client.send(new DeleteObjectsCommand({ Bucket: b.Bucket, Delete: { Objects } }));
    for (const round of [await remove(), await remove()]) expect(round.Deleted).toEqual(Objects);
    expect(await b.list()).toEqual([[], []]);
  },
  test_multi_object_delete_key_limit: async (b) => {
    const Objects = Array.from({ length: 1001 }, (_, n) => ({ Key: `key-${n}` }));
    expect(
      await status(b.client.send(new DeleteObjectsCommand({ Bucket: b.Bucket, Delete: { Objects } }))),
    ).toBe(400);
  },
  test_object_copy_zero_size: async (b) => {
    await b.put('foo123bar', { Body: '' });
    await copy(b, 'foo123bar', 'bar321foo');
    expect((await head(b, 'bar321foo')).ContentLength).toBe(0);
  },
  test_object_copy_verify_contenttype: async (b) => {
    await b.put('foo', { ContentType: 'text/bla' });
    await copy(b, 'foo', 'bar');
    expect((await head(b, 'bar')).ContentType).toBe('text/bla');
  },
  test_object_copy_to_itself: async (b) => {
    await b.put('foo');
    expect(await refusal(copy(b, 'foo', 'foo'))).toBe('InvalidRequest');
  },
  test_object_copy_to_itself_with_metadata: async (b) => {
    await b.put('foo');
    await copy(b, 'foo', 'foo', { Metadata: { foo: 'bar' }, MetadataDirective: 'REPLACE' });
    expect((await head(b, 'foo')).Metadata).toEqual({ foo: 'bar' });
  },
  test_object_copy_key_not_found: async (b) => expect(await status(copy(b, 'foo', 'bar'))).toBe(404),
  test_copy_object_ifmatch_failed: async (b) => {
    await b.put('foo');
    expect(await status(copy(b, 'foo', 'bar', { CopySourceIfMatch: 'ABCORZ' }))).toBe(412);
  },
  test_copy_object_ifnonematch_good: async (b) => {
    await b.put('foo');
    expect(await status(copy(b, 'foo', 'bar', { CopySourceIfNoneMatch: 'ABCORZ' }))).toBe(200);
  },
  test_copy_object_ifnonematch_failed: async (b) => {
    const CopySourceIfNoneMatch = await b.put('foo');
    expect(await status(copy(b, 'foo', 'bar', { CopySourceIfNoneMatch }))).toBe(412);
  },
  test_multipart_upload_small: async (b) => {
    await parts(b, 'mymultipart', ['tiny']);
    expect((await head(b, 'mymultipart')).ContentLength).toBe(4);
  },
  test_multipart_upload_contents: async (b) => {
    await parts(b, 'mymultipart', ['a'.repeat(300_000), 'b'.repeat(300_000), 'c']);
    expect(await b.text('mymultipart')).toBe(`${'a'.repeat(300_000)}${'b'.repeat(300_000)}c`);
  },
  test_multipart_upload_overwrite_existing_object: async (b) => {
    await b.put('mymultipart', { Body: '12345' });
    await parts(b, 'mymultipart', ['first', 'second']);
    expect(await b.text('mymultipart')).toBe('firstsecond');
  },
  test_object_raw_get_x_amz_expires_out_max_range: async (b) => {
    const { presigned } = await import('./s3.calls.js');
    const call = { path: `/s3/${b.Bucket}/foo` };
    const at = new Date(b.world.app.clock.now());
    const address = await presigned(b.world.app, b.keys, call, { at, expiresIn: 60 });
    const beyond = await raw(b.world.app, { path: address.replace('Expires=60', 'Expires=609901') });
    expect(beyond.code).toBe('AuthorizationQueryParametersError');
  },
  test_object_anon_put: async (b) => {
    const answer = await raw(b.world.app, { ...PUT, path: `/s3/${b.Bucket}/foo`, body: 'x' });
    expect([answer.status, answer.code]).toEqual([403, 'AccessDenied']);
  },
  test_object_create_bad_md5_invalid_short: async (b) => {
    const answer = await b.raw({
      ...PUT,
      path: `/s3/${b.Bucket}/foo`,
      headers: { 'content-md5': 'YWJyYWNhZGFicmE=' },
      body: 'x',
    });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidDigest']);
  },
  test_object_create_bad_md5_bad: async (b) => {
    const headers = { 'content-md5': 'rL0Y20xC+Fzt72VPzMSk2A==' };
    const answer = await b.raw({ ...PUT, path: `/s3/${b.Bucket}/foo`, headers, body: 'bar' });
    expect([answer.status, answer.code]).toEqual([400, 'BadDigest']);
  },
  test_object_create_bad_date_before_today_aws4: async (b) => {
    const at = new Date(b.world.app.clock.now() - 24 * HOUR);
    const call = await signed(b.world.app, b.keys, { ...PUT, path: `/s3/${b.Bucket}/foo` }, { at });
    expect((await raw(b.world.app, call)).code).toBe('RequestTimeTooSkewed');
  },
  test_object_create_bad_authorization_empty: async (b) => {
    const answer = await raw(b.world.app, {
      ...PUT,
      path: `/s3/${b.Bucket}/foo`,
      headers: { authorization: '' },
    });
    expect(answer.status).toBe(403);
  },
  test_100_continue: async (b) => {
    const { status: refused } = await raw(b.world.app, {
      ...PUT,
      path: `/s3/${b.Bucket}/foo`,
      headers: { expect: '100-continue', 'content-length': '3' },
    });
    expect(refused).toBe(403);
  },
};
