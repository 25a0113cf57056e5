import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { errAsync, okAsync, type Result, ResultAsync } from 'neverthrow';
import { MAX_KEY_BYTES, type ObjectKey } from '../../domain/storage/object-key.js';
import type {
  BucketFailure,
  ListEntry,
  Listing,
  ListRequest,
  ObjectStore,
} from '../../ports/storage/object-store.js';
import { entriesAfter, inOrder, nameOf, pageOf } from '../kit/listing.js';
import type { S3Api } from './client.js';
import { ofBucket, unavailable } from './failures.js';
import { metaOf } from './meta.js';

const MOST_AT_ONCE = 1000;
/** As many pages may go into one of ours: a store that gives so little at a time might never come to an end. */
const MOST_PAGES = 100;
/** The greatest texts of 4, 1, 2 and 3 bytes of UTF-8: what is left of a key is filled up with them. */
const GREATEST = '\u{10ffff}';
const GREATEST_OF = ['', '\u007f', '\u07ff', '\uffff'];

/** No key in the folder comes after this. */
export const lastIn = (folder: string): string => {
  const room = Math.max(0, MAX_KEY_BYTES - Buffer.byteLength(folder));
  return folder + GREATEST.repeat(Math.floor(room / 4)) + GREATEST_OF[room % 4];
};

/** S3 goes on after a key, and shows a folder again of which a key is left; so it goes on after the last one. */
export const startAfter = ({ prefix, delimiter, after }: ListRequest): string | undefined => {
  if (after === undefined || delimiter === undefined || !after.startsWith(prefix)) return after;
  const slash = after.indexOf(delimiter, prefix.length);
  return slash < 0 ? after : lastIn(after.slice(0, slash + 1));
};

/** A name that is encoded in no way is what it says. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

/** Names come percent-encoded, since XML cannot carry every character, from all but servers that cannot do so. */
const decoderFor = ({ EncodingType }: ListObjectsV2CommandOutput) =>
  EncodingType === 'url' ? (text = '') => unescaped(text) : (text = '') => text;

const entriesOf = (page: ListObjectsV2CommandOutput, after: string | undefined): readonly ListEntry[] => {
  const decoded = decoderFor(page);
  const folders = (page.CommonPrefixes ?? []).map(
    ({ Prefix }): ListEntry => ({ type: 'folder', prefix: decoded(Prefix) }),
  );
  const files = (page.Contents ?? []).map((item): ListEntry => {
    const object = metaOf(decoded(item.Key) as ObjectKey, item.Size ?? 0, item);
    return { type: 'file', object };
  });
  return inOrder(entriesAfter(after, [...folders, ...files]));
};

type Progress = {
  readonly found: readonly ListEntry[];
  readonly token?: string | undefined;
  readonly pages: number;
  readonly end: AbortSignal;
};

/** What was found so far is a page too; without anything found there is nothing to go on after. */
const cutShort = (entries: readonly ListEntry[], limit: number): ResultAsync<Listing, BucketFailure> =>
  entries.length > 0
    ? okAsync(pageOf(entries, limit, true))
    : errAsync(unavailable(`the store names nothing in ${MOST_PAGES} pages, and says that there is more`));

/**
 * Pages of the store may hold fewer entries than asked, even none, and give files and folders apart. They are
 * gathered until there is one entry more than wanted, which tells that there is a next page; at the most that a
 * store gives at once, its own word on that is taken. It goes on by name: tokens of some stores hold a key as it
 * is, which XML may not carry.
 */
export const listS3 = (api: S3Api, withinMs: number): ObjectStore['list'] => {
  const gather = (
    bucket: string,
    request: ListRequest,
    { found, token, pages, end }: Progress,
  ): ResultAsync<Listing, BucketFailure> => {
    const { prefix, delimiter, limit } = request;
    const last = found.at(-1);
    const after = last ? nameOf(last) : request.after;
    return api((s3) =>
      s3.listObjectsV2(
        {
          Bucket: bucket,
          Prefix: prefix,
          Delimiter: delimiter,
          EncodingType: 'url',
          MaxKeys: Math.min(limit + 1 - found.length, MOST_AT_ONCE),
          StartAfter: startAfter({ ...request, after }),
          ContinuationToken: token,
        },
        { abortSignal: end },
      ),
    )
      .mapErr(ofBucket)
      .andThen((page) => {
        const here = entriesOf(page, after);
        const entries = [...found, ...here];
        const more = page.IsTruncated === true;
        const isFull = entries.length >= Math.min(limit + 1, MOST_AT_ONCE);
        if (!more || isFull) return okAsync(pageOf(entries, limit, more));
        if (pages === MOST_PAGES) return cutShort(entries, limit);
        // Only a page that names nothing leaves no other way than the token.
        return gather(bucket, request, {
          found: entries,
          token: here.length > 0 ? undefined : page.NextContinuationToken,
          pages: pages + 1,
          end,
        });
      });
  };
  const within = async (bucket: string, request: ListRequest): Promise<Result<Listing, BucketFailure>> => {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), withinMs);
    try {
      return await gather(bucket, request, { found: [], pages: 1, end: end.signal });
    } finally {
      clearTimeout(timer);
    }
  };
  return (bucket, request) => new ResultAsync(within(bucket, request));
};
