import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type * as z from 'zod';
import { ObjectListDto } from '../../adapters/http/training-pipes/schemas.js';
import { document, reasonOf } from './client.js';
import { counted } from './figures.js';
import type { Failure } from './findings.js';
import { inParallel } from './parallel.js';
import { inBucket, type Sent, type Trip, WIDTH } from './transfers.js';

/** Small, so that folders of an ordinary size already have several pages. */
const PAGE_SIZE = '50';
const STEP = 'list';

type Page = z.output<typeof ObjectListDto>;
type Listed = {
  /** By key, the size. */
  readonly sizes: Map<string, number>;
  readonly twice: string[];
  readonly count: { pages: number; folders: number };
};

/** Walks the bucket folder by folder and compares what it finds with what was sent. */
export const listAll = async (trip: Trip, sent: Sent): Promise<void> => {
  if (trip.signal.aborted) return;
  const began = performance.now();
  const listed = await walk(trip);
  const seconds = (performance.now() - began) / 1000;
  if (!trip.signal.aborted) trip.failures.push(...compare(sent, listed));
  const { pages, folders } = listed.count;
  const note = `${counted(pages, 'page')} of ${counted(folders, 'folder')}`;
  trip.phases.push({ name: STEP, files: listed.sizes.size, seconds, note });
};

/** After everything was deleted there must be nothing to list. */
export const expectEmpty = async (trip: Trip): Promise<void> => {
  if (trip.signal.aborted) return;
  const { sizes } = await walk(trip);
  const left = [...sizes.keys()].map((name) => ({ step: 'delete', name, reason: 'it is still listed' }));
  trip.failures.push(...left);
};

/** What differs between what was sent and what is listed. */
export const compare = (
  sent: Sent,
  { sizes, twice }: Pick<Listed, 'sizes' | 'twice'>,
): readonly Failure[] => {
  const failed = (name: string, reason: string): Failure => ({ step: STEP, name, reason });
  return [
    ...twice.map((name) => failed(name, 'it is listed twice')),
    ...[...sizes.keys()]
      .filter((name) => !sent.has(name))
      .map((name) => failed(name, 'it is listed, but no upload of it succeeded')),
    ...[...sent].flatMap(([name, { size }]) => {
      const listed = sizes.get(name);
      if (listed === undefined) return [failed(name, 'it is not listed')];
      return listed === size ? [] : [failed(name, `it is listed with ${listed} bytes, ${size} were sent`)];
    }),
  ];
};

const walk = async (trip: Trip): Promise<Listed> => {
  const listed: Listed = { sizes: new Map(), twice: [], count: { pages: 0, folders: 0 } };
  for (let level: readonly string[] = ['']; level.length > 0; ) {
    const below: string[] = [];
    await inParallel(level, WIDTH, trip.signal, async (folder) => {
      listed.count.folders += 1;
      (await readFolder(trip, folder, listed)).match(
        (folders) => below.push(...folders),
        (reason) => trip.failures.push({ step: STEP, name: folder, reason }),
      );
    });
    level = below;
  }
  return listed;
};

/** All pages of one folder; gives the folders directly below it. */
const readFolder = (trip: Trip, folder: string, listed: Listed): ResultAsync<readonly string[], string> =>
  safeTry(async function* () {
    const folders: string[] = [];
    const tokens = new Set<string>();
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: Page = yield* readPage(trip, folder, token);
      listed.count.pages += 1;
      folders.push(...(yield* entriesOf(page, folder, listed)));
      token = yield* nextOf(page, tokens);
    }
    return ok(folders);
  });

const readPage = ({ client, stay }: Trip, prefix: string, token: string): ResultAsync<Page, string> =>
  client
    .call(
      'listBucketObjects',
      inBucket(stay, { prefix, max_keys: PAGE_SIZE, ...(token !== '' && { continuation_token: token }) }),
    )
    .andThen(document(ObjectListDto))
    .mapErr(reasonOf);

const entriesOf = (
  page: Page,
  folder: string,
  { sizes, twice }: Listed,
): Result<readonly string[], string> => {
  const stranger = page.items.find((entry) => !isBelow(folder, entry));
  if (stranger) return err(`"${stranger.key}" is no ${stranger.type} directly below it`);
  const files = page.items.filter(({ type }) => type === 'file');
  for (const { key, size = -1 } of files)
    if (sizes.has(key)) twice.push(key);
    else sizes.set(key, size);
  return ok(page.items.filter(({ type }) => type === 'folder').map(({ key }) => key));
};

/** Anything else would lead the walk in circles. */
const isBelow = (folder: string, { key, type }: Page['items'][number]): boolean => {
  if (!key.startsWith(folder)) return false;
  const name = key.slice(folder.length);
  return type === 'folder' ? /^[^/]*\/$/.test(name) : !name.includes('/');
};

const nextOf = (page: Page, tokens: Set<string>): Result<string | undefined, string> => {
  const next = page.next_continuation_token;
  if (page.has_more !== (next !== undefined)) return err('has_more and next_continuation_token disagree');
  if (next !== undefined && tokens.has(next)) return err('a continuation token comes again');
  if (next !== undefined) tokens.add(next);
  return ok(next);
};
