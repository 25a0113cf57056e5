import { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { SECOND } from '../../../domain/shared/time.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { ForeignStore } from '../../../ports/storage/foreign-stores.js';
import type { JournaledUpload } from '../../../ports/storage/open-uploads.js';
import type { StorageDeps } from '../deps.js';
import { opened } from './store.js';

const DEADLINE = 10 * SECOND;
const MOST = 1_000;
const IN_FLIGHT = 8;

/** Of the uploads that were open, how many no longer are, and how many still may be. */
export type Abandoned = { readonly aborted: number; readonly left: number };

/** What is on record as open behind a connection. */
export const uploadsBehind = (
  { openUploads }: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<readonly JournaledUpload[], Unavailable> => openUploads.ofConnection(account, id, MOST);

const abortAll = async (
  { openUploads, pause }: StorageDeps,
  store: ForeignStore,
  uploads: readonly JournaledUpload[],
): Promise<Abandoned> => {
  const waiting = [...uploads];
  let aborted = 0;
  let late = false;
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one && !late; one = waiting.shift()) {
      const { id, bucket, key, uploadId } = one;
      const done = await store.abortUpload({ bucket, key, uploadId }).andThen(() => openUploads.end(id));
      if (done.isOk()) aborted += 1;
    }
  };
  const all = Promise.all(Array.from({ length: IN_FLIGHT }, work));
  await Promise.race([all, pause.wait(DEADLINE).unwrapOr(undefined)]);
  late = true;
  return { aborted, left: uploads.length - aborted };
};

/** Aborts them while there is still a way into their store. What the store does not do in time is left. */
export const abandonUploads = (
  deps: StorageDeps,
  account: AccountId,
  id: string,
  uploads: readonly JournaledUpload[],
): ResultAsync<Abandoned, NotFound | Unavailable> =>
  opened(deps, account, id).andThen(({ store }) =>
    ResultAsync.fromSafePromise(abortAll(deps, store, uploads)),
  );
