import { okAsync, type ResultAsync } from 'neverthrow';
import { DAY, HOUR, type Instant, plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { OpenUpload, UploadJournal } from '../../ports/storage/foreign-stores.js';
import type { OpenUploads, UploadJournals, UploadOwner } from '../../ports/storage/open-uploads.js';

/** Nobody looks after an upload for this long, whatever becomes of its process. */
const FIRST_DUE = DAY;
/** After that, a process that has not renewed it for this long is taken for dead. */
const RENEWED_FOR = HOUR;
/** No upload takes longer: one that nobody has said a word of since is held no longer than this. */
const LONGEST = 7 * DAY;
const MOST_JOURNALS = 1_000;

const placeOf = (owner: UploadOwner, { bucket, key, uploadId }: OpenUpload): string =>
  JSON.stringify([owner, bucket, key, uploadId]);

type Living = { readonly id: string; readonly begunAt: Instant };
type Deps = { readonly openUploads: OpenUploads; readonly clock: Clock; readonly ids: Ids };
export type KeptJournals = UploadJournals & {
  /** To be called more often than once an hour: tells whoever reaps what this process is still writing. */
  readonly renew: () => ResultAsync<void, Unavailable>;
};

/** Writes down which uploads this process has open, and that it lives. The same owner gets the same journal. */
export const uploadJournals = ({ openUploads, clock, ids }: Deps): KeptJournals => {
  const living = new Map<string, Living>();
  const journals = new Map<string, UploadJournal>();

  const journalOf = (owner: UploadOwner): UploadJournal => ({
    begun: (upload) => {
      const [id, begunAt, place] = [ids.next(), clock.now(), placeOf(owner, upload)];
      living.set(place, { id, begunAt });
      return openUploads
        .begin({ ...upload, id, owner, begunAt }, plus(begunAt, FIRST_DUE))
        .mapErr((failure) => {
          living.delete(place);
          return failure;
        });
    },
    // No longer renewed from here on, even if the row stays: then whoever reaps finds nothing left to abort.
    ended: (finished) => {
      const place = placeOf(owner, finished);
      const upload = living.get(place);
      living.delete(place);
      return upload ? openUploads.end(upload.id) : okAsync(undefined);
    },
    left: (given) => void living.delete(placeOf(owner, given)),
  });

  return {
    of: (owner) => {
      const name = JSON.stringify(owner);
      const journal = journals.get(name) ?? journalOf(owner);
      if (journals.size >= MOST_JOURNALS && !journals.has(name)) journals.clear();
      journals.set(name, journal);
      return journal;
    },
    renew: () => {
      const at = clock.now();
      for (const [place, { begunAt }] of living) if (at - begunAt >= LONGEST) living.delete(place);
      const ids = [...living.values()].map(({ id }) => id);
      return ids.length === 0 ? okAsync(undefined) : openUploads.renew(ids, plus(at, RENEWED_FOR));
    },
  };
};
