import { Readable } from 'node:stream';
import { S3 } from '@aws-sdk/client-s3';
import { HttpResponse } from '@smithy/protocol-http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListingPage, listingPage } from '../../../../src/adapters/s3/listing-page.js';
import { readListings } from '../../../../src/adapters/s3/listings.js';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const file = (key: string, more = ''): string =>
  `<Contents><Key>${escaped(key)}</Key><LastModified>2026-03-01T12:00:00.123Z</LastModified>` +
  `<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><Size>5</Size>${more}</Contents>`;
const folder = (prefix: string): string =>
  `<CommonPrefixes><Prefix>${escaped(prefix)}</Prefix></CommonPrefixes>`;
const document = (inside: string, truncated = 'false'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
  `<Name>b</Name><Prefix>p/</Prefix><IsTruncated>${truncated}</IsTruncated>${inside}</ListBucketResult>`;

const OWNER = '<Owner><ID>1</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass>';
const PLAIN = {
  'nothing in it': document(''),
  'files, folders, and a next page': document(
    `<NextContinuationToken>1/x=</NextContinuationToken>${folder('p/d/')}${file('p/a')}${folder('p/e/')}${file('p/b', OWNER)}`,
    'true',
  ),
  'encoded names': document(`<EncodingType>url</EncodingType>${file('p/a%0D+b%25')}${folder('p%2Fd/')}`),
  'empty elements and lines': document(`<StartAfter/>\n${file('p/a', '\n  <StorageClass/>')}\n`),
  'references and spaces in names': document(file(`p/<a> & "b" 'c'`) + file(' p/ ')),
};
const ODD = {
  'a comment': document(`${file('p/a')}<!-- <Contents> -->`),
  CDATA: document('<CommonPrefixes><Prefix><![CDATA[p/<d>/]]></Prefix></CommonPrefixes>'),
  'references by number': document(folder('p/d/').replace('d', '&#x64;')),
  attributes: document(file('p/a').replace('<Contents>', '<Contents a="b">')),
  'no size': document(file('p/a').replace('<Size>5</Size>', '')),
  'another form of time': document(file('p/a').replace('.123Z', '+00:00')),
  'ends of lines of another system': document(`\r\n${file('p/a')}`),
  'no word on a next page': document(file('p/a')).replace('<IsTruncated>false</IsTruncated>', ''),
};

/** What a client gives of an answer, whatever it leaves out where there is nothing to tell. */
const told = async (xml: string, prepare: (s3: S3) => void = () => undefined) => {
  const response = new HttpResponse({
    statusCode: 200,
    headers: {},
    body: Readable.from([Buffer.from(xml)]),
  });
  const s3 = new S3({
    region: 'us-east-1',
    endpoint: 'http://store.example',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { handle: async () => ({ response }) },
  });
  prepare(s3);
  return tellable(await s3.listObjectsV2({ Bucket: 'bucket' }));
};
const tellable = ({ Contents = [], CommonPrefixes = [], ...page }: ListingPage) => ({
  contents: Contents.map(({ Key, Size, ETag, LastModified }) => ({ Key, Size, ETag, LastModified })),
  folders: CommonPrefixes,
  truncated: page.IsTruncated === true,
  token: page.NextContinuationToken,
  encoding: page.EncodingType,
});

describe('a page of a listing of S3', () => {
  it.each(Object.entries(PLAIN))('is read as the SDK reads it with %s', async (_, xml) => {
    const page = listingPage(xml);
    expect(page && tellable(page)).toEqual(await told(xml));
  });

  it('tells names as they were, whatever they are', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .filter((text) => !text.includes('\r'));
    const few = { maxLength: 3 };
    fc.assert(
      fc.property(fc.array(name, few), fc.array(name, few), (keys, prefixes) => {
        const page = listingPage(
          document(keys.map((key) => file(key)).join('') + prefixes.map(folder).join('')),
        );
        expect(page?.Contents?.map(({ Key }) => Key)).toEqual(keys);
        expect(page?.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(prefixes);
      }),
    );
  });

  it.each(Object.entries(ODD))('is left to the SDK with %s', async (_, xml) => {
    expect(listingPage(xml)).toBeUndefined();
    expect(await told(xml, readListings)).toEqual(await told(xml));
  });

  it('is given by the client whoever has read it', async () => {
    for (const xml of Object.values(PLAIN)) expect(await told(xml, readListings)).toEqual(await told(xml));
  });

  it.each([
    ['an error', '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'],
    ['another document', '<ListAllMyBucketsResult></ListAllMyBucketsResult>'],
    ['no document', 'nothing'],
    ['a page that breaks off', document(file('p/a')).slice(0, -30)],
  ])('is not what an answer holds that is %s', (_, xml) => {
    expect(listingPage(xml)).toBeUndefined();
  });

  it('fails as ever when the store gives up half-way', async () => {
    const xml = document(file('p/a')).slice(0, -30);
    await expect(told(xml, readListings)).rejects.toThrow();
  });
});
