import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { type ApiFailure, type Call, type Client, nothing, reasonOf } from './client.js';
import type { LocalFile } from './files.js';
import type { Failure, Phase } from './findings.js';
import { type Fingerprint, fingerprint, fingerprinting } from './fingerprint.js';
import { inParallel } from './parallel.js';
import { openProgress, type Screen } from './progress.js';
import type { Stay } from './stay.js';

/** What the steps with files share; they add to what is found out. */
export type Trip = {
  readonly client: Client;
  readonly stay: Stay;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly phases: Phase[];
  readonly failures: Failure[];
};

/** By key, what was sent. */
export type Sent = ReadonlyMap<string, Fingerprint>;
type Item = { readonly key: string; readonly size: number };

/** Requests under way at the same time. */
export const WIDTH = 6;
const CHUNK_BYTES = 256 * 1024;

/** How an operation on the journey's bucket is asked for. */
export const inBucket = ({ key, bucketId }: Stay, query: Readonly<Record<string, string>>): Call => ({
  as: key,
  params: { bucket_id: bucketId },
  query,
});

/** `bytes`: the items' sizes count as well. */
type Step<T> = {
  readonly name: string;
  readonly items: readonly T[];
  readonly bytes: boolean;
  readonly note?: (items: readonly T[]) => string;
};

/** Does one thing with every item, some at a time, and writes down how it went. */
export const each = async <T extends Item>(
  { screen, signal, phases, failures }: Trip,
  { name, items, bytes, note }: Step<T>,
  work: (item: T, moved: (count: number) => void) => ResultAsync<number, string>,
): Promise<void> => {
  if (signal.aborted) return;
  const total = bytes ? items.reduce((sum, item) => sum + item.size, 0) : 0;
  const progress = openProgress(screen, name, { files: items.length, bytes: total });
  const began = performance.now();
  const done = { files: 0, bytes: 0 };
  await inParallel(items, WIDTH, signal, async (item) => {
    const outcome = await work(item, progress.moved);
    progress.finished();
    if (outcome.isErr()) return void failures.push({ step: name, name: item.key, reason: outcome.error });
    done.files += 1;
    done.bytes += outcome.value;
  });
  progress.end();
  const seconds = (performance.now() - began) / 1000;
  phases.push({
    name,
    files: done.files,
    bytes: bytes ? done.bytes : undefined,
    seconds,
    note: note?.(items),
  });
};

/** Sends every file, and keeps the fingerprint of what was read while it was sent. */
export const uploadAll = async (trip: Trip, files: readonly LocalFile[]): Promise<Sent> => {
  const sent = new Map<string, Fingerprint>();
  await each(trip, { name: 'upload', items: files, bytes: true }, (file, moved) =>
    upload(trip, file, moved).map((print) => {
      sent.set(file.key, print);
      return print.size;
    }),
  );
  return sent;
};

const upload = (
  { client, stay }: Trip,
  { key, path }: LocalFile,
  moved: (count: number) => void,
): ResultAsync<Fingerprint, string> =>
  ResultAsync.fromPromise(stat(path), (cause) => (cause as Error).message).andThen(({ size: length }) => {
    let print = fingerprinting(moved);
    const bytes = () => {
      print = fingerprinting(moved);
      return read(path, length, print.pass);
    };
    return client
      .call('uploadBucketObject', { ...inBucket(stay, { key }), body: { length, bytes } })
      .andThen(nothing)
      .map(() => print.take())
      .mapErr(reasonOf);
  });

/** Exactly as many bytes as were announced, or a failure: a file may change under our hands. */
async function* read(
  path: string,
  length: number,
  pass: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  let left = length;
  for await (const chunk of createReadStream(path, { end: length - 1, highWaterMark: CHUNK_BYTES })) {
    pass(chunk);
    left -= chunk.length;
    yield chunk;
  }
  if (left > 0) throw new Error('the file became shorter while it was read');
}

const itemsOf = (sent: Sent): readonly (Item & Fingerprint)[] =>
  [...sent].map(([key, print]) => ({ key, ...print }));

/** Fetches every file that was sent, and compares. */
export const downloadAll = (trip: Trip, sent: Sent): Promise<void> =>
  each(trip, { name: 'download', items: itemsOf(sent), bytes: true }, (item, moved) =>
    trip.client
      .call('downloadBucketObject', inBucket(trip.stay, { key: item.key }))
      .andThen(fingerprint(moved))
      .mapErr(reasonOf)
      .andThen((came) => same(item, came)),
  );

/** As many bytes as came, where they are those that were sent. */
export const same = (sent: Fingerprint, came: Fingerprint): ResultAsync<number, string> => {
  if (came.size !== sent.size) return errAsync(`${came.size} bytes came back, ${sent.size} were sent`);
  return came.sha256 === sent.sha256
    ? okAsync(came.size)
    : errAsync(`other bytes came back: sha256 ${came.sha256}, sent ${sent.sha256}`);
};

const oneByOne = ({ key }: Item, index: number): boolean => index % 2 === 0 || !key.includes('/');

/** Deletes every second file that was sent, and all that are in no folder, one by one. */
export const deleteFiles = (trip: Trip, sent: Sent): Promise<void> =>
  each(trip, { name: 'delete', items: itemsOf(sent).filter(oneByOne), bytes: false }, ({ key }) =>
    trip.client
      .call('deleteBucketObject', inBucket(trip.stay, { key }))
      .andThen(nothing)
      .map(() => 0)
      .mapErr((failure: ApiFailure) => reasonOf(failure)),
  );
