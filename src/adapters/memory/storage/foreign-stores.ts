import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { StoreAddress } from '../../../ports/shared/store-address.js';
import type {
  ForeignStore,
  ForeignStores,
  OpenUpload,
  UploadJournal,
} from '../../../ports/storage/foreign-stores.js';
import type { Denied, ObjectStore, PutFailure } from '../../../ports/storage/object-store.js';
import { memoryObjects } from './object-store.js';

export type Right = 'list' | 'read' | 'write' | 'delete';
/** A pair of keys: of an access key, or a service account's address and private key. */
export type Credentials = { readonly id: string; readonly secret: string };

/** A store of somebody else's, as whoever runs it sees it. */
export type StrangersStore = {
  /** All of it, whoever asks and even while it is down. */
  readonly objects: ObjectStore;
  /** From now on these keys may do this and nothing else. */
  readonly admit: (credentials: Credentials, rights?: readonly Right[]) => void;
  /** From now on these keys are unknown. */
  readonly dismiss: (id: string) => void;
  /** Answers nobody until it is told that it is up again. */
  readonly isDown: (down: boolean) => void;
  /** What a process that dies in the middle of an upload leaves. */
  readonly beginUpload: (bucket: string, key: ObjectKey) => OpenUpload;
  readonly openUploads: () => readonly OpenUpload[];
};

export type MemoryForeignStores = ForeignStores & {
  /** Puts a store where an address leads: an endpoint, or the name of a provider that has one place only. */
  readonly add: (where: string) => StrangersStore;
};

type Deps = { readonly clock: Clock; readonly ids: Ids };
type Admitted = { readonly secret: string; readonly rights: readonly Right[] };
type State = {
  readonly objects: ObjectStore;
  readonly keys: Map<string, Admitted>;
  readonly uploads: Map<string, OpenUpload>;
  down: boolean;
};

const EVERY_RIGHT: readonly Right[] = ['list', 'read', 'write', 'delete'];

const whereOf = (address: StoreAddress): string =>
  address.provider === 'gcp' ? 'gcp' : (address.endpoint ?? address.provider);
const credentialsOf = (address: StoreAddress): Credentials =>
  address.provider === 'gcp'
    ? { id: address.clientEmail, secret: address.privateKey }
    : { id: address.accessKeyId, secret: address.secretAccessKey };

const denied = (reason: string): Denied => ({ kind: 'store_denied', reason });
const unavailable = (words: string): Unavailable => ({
  kind: 'unavailable',
  dependency: 'memory',
  cause: new Error(words),
});

/** The store, if it lets this caller do this now. */
const entered = (
  state: State | undefined,
  { id, secret }: Credentials,
  right: Right,
): Result<State, Denied | Unavailable> => {
  if (!state) return err(unavailable('there is no store at this address'));
  if (state.down) return err(unavailable('the store does not answer'));
  const admitted = state.keys.get(id);
  if (admitted?.secret !== secret) return err(denied('the keys are not known here'));
  return admitted.rights.includes(right) ? ok(state) : err(denied(`these keys may not ${right}`));
};

type Allowed = <T, E>(
  right: Right,
  work: (state: State) => ResultAsync<T, E>,
) => ResultAsync<T, E | Denied | Unavailable>;

/** Where the length is not known the object comes in parts: the store holds an upload open meanwhile. */
const inParts = (
  state: State,
  journal: UploadJournal,
  put: () => ReturnType<ObjectStore['put']>,
  upload: OpenUpload,
) => {
  state.uploads.set(upload.uploadId, upload);
  const ended = () => {
    state.uploads.delete(upload.uploadId);
    return journal.ended(upload);
  };
  return journal
    .begun(upload)
    .andThen(put)
    .andThen((meta) => ended().map(() => meta))
    .orElse((failure) => ended().andThen(() => errAsync<never, PutFailure>(failure)));
};

const storeFor = (allowed: Allowed, journal: UploadJournal, ids: Ids): ForeignStore => ({
  createBucket: (bucket) =>
    allowed('write', ({ objects }) => objects.createBucket(bucket)).mapErr(asUnavailable),
  deleteBucket: (bucket) =>
    allowed('delete', ({ objects }) => objects.deleteBucket(bucket)).mapErr((failure) =>
      failure.kind === 'store_denied' ? asUnavailable(failure) : failure,
    ),
  put: (bucket, key, body, options) =>
    allowed('write', (state) => {
      const put = () => state.objects.put(bucket, key, body, options);
      const upload = { bucket, key, uploadId: ids.next() };
      return options.length === undefined ? inParts(state, journal, put, upload) : put();
    }),
  get: (bucket, key, options) => allowed('read', ({ objects }) => objects.get(bucket, key, options)),
  head: (bucket, key) => allowed('read', ({ objects }) => objects.head(bucket, key)),
  list: (bucket, request) => allowed('list', ({ objects }) => objects.list(bucket, request)),
  deleteMany: (bucket, keys) => allowed('delete', ({ objects }) => objects.deleteMany(bucket, keys)),
  abortUpload: ({ uploadId }) =>
    allowed('write', ({ uploads }) => {
      uploads.delete(uploadId);
      return okAsync(undefined);
    }),
});

/** Only the operator makes and deletes buckets; that their own keys do not let them is a fault like any other. */
const asUnavailable = (failure: Denied | Unavailable): Unavailable =>
  failure.kind === 'store_denied' ? unavailable(failure.reason) : failure;

const strangersStore = (state: State, ids: Ids): StrangersStore => ({
  objects: state.objects,
  admit: ({ id, secret }, rights = EVERY_RIGHT) => void state.keys.set(id, { secret, rights }),
  dismiss: (id) => void state.keys.delete(id),
  isDown: (down) => {
    state.down = down;
  },
  beginUpload: (bucket, key) => {
    const upload = { bucket, key, uploadId: ids.next() };
    state.uploads.set(upload.uploadId, upload);
    return upload;
  },
  openUploads: () => [...state.uploads.values()],
});

/** Stores that are not ours, as maps: each with its own keys, what these may do, and bad days. */
export const memoryForeignStores = ({ clock, ids }: Deps): MemoryForeignStores => {
  const stores = new Map<string, State>();
  return {
    add: (where) => {
      const objects = memoryObjects({ clock, ids });
      const state: State = { objects, keys: new Map(), uploads: new Map(), down: false };
      stores.set(where, state);
      return strangersStore(state, ids);
    },
    open: (address, journal) => {
      const [where, credentials] = [whereOf(address), credentialsOf(address)];
      const allowed: Allowed = (right, work) =>
        okAsync(undefined).andThen(() => entered(stores.get(where), credentials, right).asyncAndThen(work));
      return storeFor(allowed, journal, ids);
    },
  };
};
