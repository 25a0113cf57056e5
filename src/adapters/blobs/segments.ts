import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Knex } from 'knex';
import { okAsync, type ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Span } from '../kit/byte-range.js';
import { type Body, lengthOf, piecesOf, READ_BYTES, streamed } from './body.js';
import { onDiskFreeing, unlessGone } from './disk.js';
import type { Layout } from './layout.js';
import type { Readers, Version } from './readers.js';
import { rowsOf, type Statement } from './statement.js';

/** So many files are opened before the answer begins; beyond that each is opened when its turn comes. */
const OPENED_AT_ONCE = 8;
const PAGE = 500;

const WITHIN: Statement = {
  name: 'blobs-segments',
  sql: `
    select number, blob_id, first, size from blob_segments
    where upload = :blob::uuid and number > :after::int
      and first + size > :from::bigint and first <= :to::bigint and size > 0
    order by number limit :rows::int`,
};

type SegmentRow = {
  readonly number: number;
  readonly blob_id: string;
  readonly first: bigint;
  readonly size: bigint;
};
/** A file, and which of its bytes belong to the answer. */
type Segment = { readonly number: number; readonly path: string; readonly span: Span };
type Page = (after: number, rows: number) => ResultAsync<readonly Segment[], Unavailable>;

const pagesOf =
  (db: Knex, layout: Layout, blob: string, { from, to }: Span): Page =>
  (after, rows) =>
    rowsOf<SegmentRow>(db, WITHIN, { blob, after, from, to, rows }).map((found) =>
      found.map(({ number, blob_id, first, size }) => ({
        number,
        path: layout.object(blob_id),
        span: {
          from: Math.max(0, from - Number(first)),
          to: Math.min(to - Number(first), Number(size) - 1),
        },
      })),
    );

const streamOf = (bytes: AsyncGenerator<Uint8Array>): Readable =>
  Readable.from(bytes, { objectMode: false, highWaterMark: READ_BYTES });

type Opened = { readonly handle: FileHandle; readonly span: Span };

async function* piecesOfAll(opened: readonly Opened[]): AsyncGenerator<Uint8Array> {
  for (const { handle, span } of opened) {
    yield* piecesOf(handle, span);
    await handle.close();
  }
}

const closeAll = async (opened: readonly Opened[]): Promise<void> => {
  await Promise.allSettled(opened.map(({ handle }) => handle.close()));
};

/** Undefined when one of the files is gone, or was missing from the rows: the version is being swept. */
const openAll = async (segments: readonly Segment[], length: number): Promise<Body | undefined> => {
  if (segments.reduce((sum, { span }) => sum + lengthOf(span), 0) < length) return undefined;
  const opened: Opened[] = [];
  try {
    for (const { path, span } of segments) {
      const handle = await unlessGone(open(path, 'r'));
      if (!handle) break;
      opened.push({ handle, span });
    }
  } catch (cause) {
    await closeAll(opened);
    throw cause;
  }
  if (opened.length === segments.length)
    return streamed(streamOf(piecesOfAll(opened)), () => void closeAll(opened));
  await closeAll(opened);
  return undefined;
};

async function* piecesOfEach(page: Page, length: number): AsyncGenerator<Uint8Array> {
  let missing = length;
  for (let after = 0; missing > 0; ) {
    const segments = await page(after, PAGE);
    if (segments.isErr())
      throw new Error('the segments cannot be looked up', { cause: segments.error.cause });
    // The lease was lost, with all of this version: what is left of it is no end.
    if (segments.value.length === 0) throw new Error('segments of an object are missing');
    for (const { number, path, span } of segments.value) {
      const handle = await open(path, 'r');
      try {
        yield* piecesOf(handle, span);
      } finally {
        await handle.close();
      }
      after = number;
      missing -= lengthOf(span);
    }
  }
}

type Deps = { readonly db: Knex; readonly layout: Layout; readonly readers: Readers };

/**
 * A span of an object that lies in several files; undefined when this version is not the current one any more.
 * Few files are opened at once, as a whole object's is. Of many, one is open at a time, and the reader holds a
 * lease on the version meanwhile: both finish what they began, whatever is overwritten or deleted.
 */
export const openSegments =
  ({ db, layout, readers }: Deps) =>
  (version: Version, span: Span): ResultAsync<Body | undefined, Unavailable> => {
    const page = pagesOf(db, layout, version.blob, span);
    return page(0, OPENED_AT_ONCE + 1).andThen((segments) =>
      segments.length <= OPENED_AT_ONCE
        ? onDiskFreeing(() => openAll(segments, lengthOf(span)))
        : readers
            .keep(version)
            .andThen((release) =>
              okAsync(release && streamed(streamOf(piecesOfEach(page, lengthOf(span))), release)),
            ),
    );
  };
