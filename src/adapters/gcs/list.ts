import { okAsync, type ResultAsync } from 'neverthrow';
import { z } from 'zod';
import type { BucketFailure, ListEntry, ListRequest, ObjectStore } from '../../ports/storage/object-store.js';
import { entriesAfter, inOrder, nameOf, pageOf } from '../kit/listing.js';
import { type GcsApi, objectsPath } from './api.js';
import { ofBucket } from './failures.js';
import { metaOf, Resource } from './resource.js';

/** '/' + 1: the first thing after everything in a folder. */
const PAST_SLASH = '0';
const MOST_AT_ONCE = 1000;

const Page = z.object({
  nextPageToken: z.string().optional(),
  prefixes: z.array(z.string()).optional(),
  items: z.array(Resource.omit({ metadata: true, contentEncoding: true })).optional(),
});
const FIELDS = 'nextPageToken,prefixes,items(name,size,generation,updated,contentType)';

/** The first name that may still belong to the listing; a folder goes on with what comes after all in it. */
const startOf = ({ prefix, delimiter, after }: ListRequest): string | undefined => {
  if (after === undefined || delimiter === undefined || !after.startsWith(prefix)) return after;
  const slash = after.indexOf(delimiter, prefix.length);
  return slash < 0 ? after : after.slice(0, slash) + PAST_SLASH;
};

type Entries = ReadonlyMap<string, ListEntry>;

const entriesOf = (page: z.infer<typeof Page>, after: string | undefined): [string, ListEntry][] => {
  const folders = (page.prefixes ?? []).map((prefix): ListEntry => ({ type: 'folder', prefix }));
  const files = (page.items ?? []).map((item): ListEntry => ({ type: 'file', object: metaOf(item) }));
  // The service starts at `after`, we behind it.
  return entriesAfter(after, [...folders, ...files]).map((entry) => [nameOf(entry), entry]);
};

/**
 * Pages of the service may hold fewer entries than asked for, even none, and give files and folders apart; so
 * pages are gathered until one entry more than wanted is there, which tells that there is a next page.
 */
export const listGcs = (api: GcsApi): ObjectStore['list'] => {
  const gather = (
    bucket: string,
    request: ListRequest,
    found: Entries,
    pageToken?: string,
  ): ResultAsync<Entries, BucketFailure> => {
    const { prefix, delimiter, after, limit } = request;
    // Two more: the one that tells of a next page, and `after` itself, which the service counts in.
    const maxResults = String(Math.min(limit + 2 - found.size, MOST_AT_ONCE));
    const startOffset = startOf(request);
    const query = { prefix, delimiter, startOffset, maxResults, pageToken, fields: FIELDS };
    return api
      .ask({ method: 'GET', path: objectsPath(bucket), query }, Page)
      .mapErr(ofBucket)
      .andThen((page) => {
        const entries = new Map([...found, ...entriesOf(page, after)]);
        return page.nextPageToken === undefined || entries.size > limit
          ? okAsync(entries)
          : gather(bucket, request, entries, page.nextPageToken);
      });
  };
  return (bucket, request) =>
    gather(bucket, request, new Map()).map((entries) =>
      pageOf(inOrder([...entries.values()]), request.limit),
    );
};
