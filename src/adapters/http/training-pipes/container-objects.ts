import { okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import type { Deleted } from '../../../application/storage/delete-folder.js';
import type { Folder } from '../../../application/storage/objects.js';
import type { Container } from '../../../application/storage/place.js';
import { iso } from '../../../domain/shared/time.js';
import { nameOf } from '../../../domain/storage/object-key.js';
import type { InvalidPageToken } from '../../../ports/shared/page-tokens.js';
import type { ListEntry } from '../../../ports/storage/object-store.js';
import { CHECKSUM_HEADERS, checksumsOf } from '../kit/checksums.js';
import { entityTags } from '../kit/conditional.js';
import { RESUME_HEADERS, resumeTerms, sent } from '../kit/downloaded.js';
import { flag } from '../kit/fields.js';
import { doneOrGoingOn, download, empty, json } from '../kit/reply.js';
import type { Incoming } from '../kit/route.js';
import type { App } from './app.js';
import { ObjectListDto } from './schemas.js';

/** Exactly one entity tag, as an If-Match on a single version carries. */
const OneTag = z.string().transform((header, context) => {
  const [tag, ...more] = entityTags(header);
  if (tag !== undefined && more.length === 0) return tag;
  context.addIssue({ code: 'custom', message: 'must be one entity tag in quotes' });
  return z.NEVER;
});
const KeyQuery = z.object({ key: z.string() });

type Asked = { readonly principal: AccountMember };

const listName = ({ kind, id }: Container, prefix: string): string => `objects:${kind}:${id}:${prefix}`;

const presentEntry = (entry: ListEntry) =>
  entry.type === 'folder'
    ? { key: entry.prefix, name: nameOf(entry.prefix), type: entry.type }
    : {
        key: entry.object.key,
        name: nameOf(entry.object.key),
        type: entry.type,
        size: entry.object.size,
        last_modified: iso(entry.object.modifiedAt),
      };

const cursorOf = (
  { pages }: App,
  list: string,
  token: string | undefined,
): ResultAsync<string | undefined, InvalidPageToken> =>
  token === undefined
    ? okAsync(undefined)
    : pages.read(list, token).asyncAndThen((cursor) => okAsync(cursor));

const ListQuery = z.object({
  prefix: z.string().default(''),
  continuation_token: z.string().max(8_192).optional(),
  max_keys: z.coerce.number().int().min(1).max(1000).default(200),
});

export const listing = {
  summary: 'The files and folders directly below a prefix',
  request: { query: ListQuery },
  run: (
    app: App,
    container: Container,
    { principal, query }: Asked & { query: z.output<typeof ListQuery> },
  ) => {
    const list = listName(container, query.prefix);
    return cursorOf(app, list, query.continuation_token)
      .andThen((after) =>
        app.storage.listObjects({ container, prefix: query.prefix, after, limit: query.max_keys }, principal),
      )
      .map((folder) => ({
        ...folder,
        next: folder.next === undefined ? undefined : app.pages.issue(list, folder.next),
      }));
  },
  reply: json(200, ObjectListDto, ({ prefix, entries, next }: Folder) => ({
    items: entries.map(presentEntry),
    prefix,
    has_more: next !== undefined,
    next_continuation_token: next,
  })),
  errors: { invalid_page_token: 400, invalid_key: 400, store_denied: 403, not_found: 404 },
} as const;

export const UploadHeaders = z.object({
  'if-match': OneTag.optional(),
  'if-none-match': z.literal('*').optional(),
  ...CHECKSUM_HEADERS,
});

/** What the headers of an upload ask for. */
export const uploadTerms = (headers: z.output<typeof UploadHeaders>) => ({
  ifMatch: headers['if-match'],
  ifNoneMatch: headers['if-none-match'],
  checksums: checksumsOf(headers),
});

export const uploading = {
  summary: 'Upload an object',
  request: { query: KeyQuery, headers: UploadHeaders },
  body: { kind: 'stream' },
  run: (
    { storage }: App,
    container: Container,
    {
      principal,
      query: { key },
      headers,
      body,
    }: Asked & { query: { key: string }; headers: z.output<typeof UploadHeaders>; body: Incoming },
  ) => storage.uploadObject({ container, key, ...uploadTerms(headers), ...body }, principal),
  reply: empty(204),
  errors: {
    invalid_key: 400,
    body_mismatch: 400,
    checksum_mismatch: 400,
    store_denied: 403,
    not_found: 404,
    precondition_failed: 412,
    object_too_large: 413,
    storage_quota_exceeded: 507,
    store_full: 507,
  },
} as const;

const FolderQuery = KeyQuery.extend({ recursive: flag });

export const deleting = {
  summary: 'Delete an object, or a folder with all that is in it',
  request: { query: FolderQuery },
  run: (
    { storage }: App,
    container: Container,
    { principal, query }: Asked & { query: z.output<typeof FolderQuery> },
  ) => storage.deleteObject({ container, ...query }, principal),
  reply: doneOrGoingOn(({ goesOn }: Deleted) => goesOn),
  errors: { invalid_key: 400, store_denied: 403, not_found: 404, delete_incomplete: 502 },
} as const;

export const DownloadHeaders = z.object({ ...RESUME_HEADERS, 'if-match': OneTag.optional() });

/** What the headers of a download ask for. */
export const downloadTerms = (headers: z.output<typeof DownloadHeaders>) => ({
  ...resumeTerms(headers),
  ifMatch: headers['if-match'],
});

export const downloading = {
  summary: 'Download an object, or a folder as a ZIP archive',
  request: { query: FolderQuery, headers: DownloadHeaders },
  run: (
    { storage }: App,
    container: Container,
    {
      principal,
      query,
      headers,
    }: Asked & { query: z.output<typeof FolderQuery>; headers: z.output<typeof DownloadHeaders> },
  ) => storage.downloadObject({ container, ...query, ...downloadTerms(headers) }, principal),
  reply: download(sent),
  errors: {
    invalid_key: 400,
    folder_too_large: 400,
    store_denied: 403,
    not_found: 404,
    precondition_failed: 412,
    range_unsatisfiable: 416,
  },
} as const;
