import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Knex } from 'knex';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type {
  ByteRange,
  GetFailure,
  ObjectMeta,
  ObjectStore,
  RangeUnsatisfiable,
  StoredObject,
} from '../../ports/storage/object-store.js';
import { onDiskFreeing, unlessGone } from './disk.js';
import type { Layout } from './layout.js';
import { findObject } from './object-row.js';

type Span = { readonly from: number; readonly to: number };

/** RFC 9110 section 14.1.2; a suffix of an empty object is refused, since no Content-Range could describe it. */
export const spanOf = (range: ByteRange | undefined, size: number): Result<Span, RangeUnsatisfiable> => {
  if (range === undefined) return ok({ from: 0, to: size - 1 });
  const from = 'suffix' in range ? Math.max(0, size - range.suffix) : range.first;
  const to = 'suffix' in range ? size - 1 : Math.min(range.last ?? size - 1, size - 1);
  return from <= to ? ok({ from, to }) : err({ kind: 'range_unsatisfiable', size });
};

const READ_BYTES = 256 * 1024;
/** Overwritten this often between row and file, a name is no longer a race but a lost file. */
const TRIES = 8;

const stored = (meta: ObjectMeta, { from, to }: Span, body: Readable): StoredObject => {
  // The reader may have left before the disk failed; whoever still iterates is told by the iterator.
  body.on('error', () => undefined);
  return { meta, from, to, body, close: () => void body.destroy() };
};

export const getBlob = (db: Knex, layout: Layout): ObjectStore['get'] => {
  /** Undefined when the file is gone: the row that named it was replaced meanwhile. */
  const read = (meta: ObjectMeta, span: Span) =>
    span.to < 0
      ? okAsync(stored(meta, span, Readable.from([])))
      : onDiskFreeing(async () => {
          const handle = await unlessGone(open(layout.object(meta.etag), 'r'));
          const { from: start, to: end } = span;
          return (
            handle && stored(meta, span, handle.createReadStream({ start, end, highWaterMark: READ_BYTES }))
          );
        });

  const attempt = (tries: number, ...[bucket, key, options = {}]: Parameters<ObjectStore['get']>) =>
    findObject(db, bucket, key)
      .andThen(
        (meta): Result<ObjectMeta, GetFailure> =>
          options.ifMatch === undefined || options.ifMatch === meta.etag
            ? ok(meta)
            : err({ kind: 'precondition_failed' }),
      )
      .andThen((meta) => spanOf(options.range, meta.size).asyncAndThen((span) => read(meta, span)))
      .andThen((found): ResultAsync<StoredObject, GetFailure> => {
        if (found) return okAsync(found);
        if (tries < TRIES) return attempt(tries + 1, bucket, key, options);
        return errAsync({
          kind: 'unavailable',
          dependency: 'disk',
          cause: new Error('the file of a row is missing'),
        });
      });

  return (...request) => attempt(1, ...request);
};
