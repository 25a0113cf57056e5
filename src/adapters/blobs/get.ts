import type { Knex } from 'knex';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type {
  GetFailure,
  ObjectStore,
  PreconditionFailed,
  StoredObject,
} from '../../ports/storage/object-store.js';
import { type Span, spanOf } from '../kit/byte-range.js';
import { type Body, EMPTY, held, openBody } from './body.js';
import { onDiskFreeing } from './disk.js';
import { type FilledRow, filledFinder } from './find-filled.js';
import type { Layout } from './layout.js';
import { wholeMetaOf } from './object-row.js';
import type { Readers } from './readers.js';
import { openSegments } from './segments.js';

/** Overwritten this often between row and file, a name is no longer a race but a lost file. */
const TRIES = 8;

type Deps = { readonly db: Knex; readonly layout: Layout; readonly readers: Readers };
type Request = Parameters<ObjectStore['get']>;

const wanted = (row: FilledRow, ifMatch: string | undefined): Result<FilledRow, PreconditionFailed> =>
  ifMatch === undefined || ifMatch === row.blob_id ? ok(row) : err({ kind: 'precondition_failed' });

export const getBlob = ({ db, layout, readers }: Deps): ObjectStore['get'] => {
  const find = filledFinder(db);
  const segments = openSegments({ db, layout, readers });
  /** Undefined when the bytes are gone: the row that named them was replaced meanwhile. */
  const open = (bucket: string, row: FilledRow, span: Span): ResultAsync<Body | undefined, Unavailable> => {
    if (span.to < 0) return okAsync(EMPTY());
    if (row.bytes) return okAsync(held(row.bytes.subarray(span.from, span.to + 1)));
    return row.bytes_in === 'segments'
      ? segments({ bucket, key: row.key, blob: row.blob_id }, span)
      : onDiskFreeing(() => openBody(layout.object(row.blob_id), span));
  };

  const attempt = (tries: number, ...[bucket, key, options = {}]: Request) =>
    find(bucket, key)
      .andThen((row) => wanted(row, options.ifMatch))
      .andThen((row) =>
        spanOf(options.range, Number(row.size)).asyncAndThen((span) =>
          open(bucket, row, span).map((body) => body && { meta: wholeMetaOf(row), ...span, ...body }),
        ),
      )
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
