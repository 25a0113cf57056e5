import type { Knex } from 'knex';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type Instant, iso } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { MultipartUploads, PartMeta, UploadMissing } from '../../ports/storage/multipart.js';
import { doubting, type InDoubt } from './in-doubt.js';
import { type Landed, type Landing, land } from './land.js';
import { rowsOf, type Statement } from './statement.js';
import { UPLOAD_MISSING, uploadIsOpen } from './uploads.js';
import { WRITER_LOST } from './writer.js';

// The share locks make whoever ends the upload, or fences this writer, wait for us, or us find the row gone.
const PUT_PART: Statement = {
  name: 'blobs-put-part',
  sql: `
    with writer as (select id from blob_writers where id = :writer::uuid for key share),
    upload as (
      select id from blob_uploads where id = :upload::uuid and bucket = :bucket and key = :key for key share
    ),
    put as (
      insert into blob_segments as s (upload, number, blob_id, size, crc32, modified_at)
      select upload.id, :number::int, :blob::uuid, :size::bigint, :crc32, :at::timestamptz from writer, upload
      on conflict (upload, number) do update set
        blob_id = :blob::uuid, replaced = s.blob_id, size = :size::bigint, crc32 = :crc32,
        modified_at = :at::timestamptz
      returning s.replaced
    ),
    recorded as (
      insert into blob_garbage (blob_id, since)
      select replaced, :at::timestamptz from put where replaced is not null
    )
    select exists (select from writer) as alive, exists (select from upload) as open`,
};

type Part = Landed & {
  readonly bucket: string;
  readonly key: ObjectKey;
  readonly upload: string;
  readonly number: number;
  readonly at: Instant;
};
type Verdict = { readonly alive: boolean; readonly open: boolean };

const judge = (verdict: Verdict | undefined): Result<void, UploadMissing | Unavailable> => {
  if (!verdict?.alive) return err(WRITER_LOST);
  return verdict.open ? ok(undefined) : err(UPLOAD_MISSING);
};

const nameSegment = (
  db: Knex,
  { at, ...part }: Part,
): ResultAsync<PartMeta, UploadMissing | InDoubt | Unavailable> =>
  rowsOf<Verdict>(db, PUT_PART, { ...part, at: iso(at) })
    .mapErr(doubting)
    .andThen(([verdict]) => judge(verdict))
    .map(() => ({ number: part.number, size: part.size, etag: part.blob, modifiedAt: at }));

/** A part lands as a whole object would, and is then named by its upload. */
export const putPart =
  (db: Knex, landing: Landing): MultipartUploads['putPart'] =>
  (bucket, key, upload, number, body, options) =>
    uploadIsOpen(db, bucket, key, upload).andThen(() =>
      land(landing, body, options, (landed) =>
        nameSegment(db, { ...landed, bucket, key, upload, number, at: landing.clock.now() }),
      ),
    );
