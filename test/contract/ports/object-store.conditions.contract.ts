import { beforeEach, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { contentOf, key, newBucket, put, putOk } from './object-store.rig.js';

const FAILED = { kind: 'precondition_failed' };

/** RFC 9110 section 13: conditions hold at the moment of becoming visible, so of many racers one wins. */
export const objectConditionsContract = (open: () => Promise<ObjectStore>): void => {
  let store: ObjectStore;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store);
  });

  it('creates only what is not there yet', async () => {
    await putOk(store, bucket, 'k', 'first', { ifNoneMatch: '*' });
    expect((await put(store, bucket, 'k', 'second', { ifNoneMatch: '*' }))._unsafeUnwrapErr()).toEqual(
      FAILED,
    );
    expect(await contentOf(store, bucket, 'k')).toBe('first');
  });

  it('creates again what was deleted', async () => {
    await putOk(store, bucket, 'k', 'first');
    (await store.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    await putOk(store, bucket, 'k', 'second', { ifNoneMatch: '*' });
    expect(await contentOf(store, bucket, 'k')).toBe('second');
  });

  it('replaces only the version that was named', async () => {
    const first = await putOk(store, bucket, 'k', 'first');
    const second = await putOk(store, bucket, 'k', 'second', { ifMatch: first.etag });
    expect((await put(store, bucket, 'k', 'third', { ifMatch: first.etag }))._unsafeUnwrapErr()).toEqual(
      FAILED,
    );
    expect(await contentOf(store, bucket, 'k')).toBe('second');
    await putOk(store, bucket, 'k', 'third', { ifMatch: second.etag });
    expect(await contentOf(store, bucket, 'k')).toBe('third');
  });

  it('replaces nothing where nothing is, and no version it never made', async () => {
    const { etag } = await putOk(store, bucket, 'other', 'x');
    expect((await put(store, bucket, 'k', 'x', { ifMatch: etag }))._unsafeUnwrapErr()).toEqual(FAILED);
    for (const made of ['', 'not-an-etag', '*', '"', "'; drop table blob_objects; --"])
      expect((await put(store, bucket, 'other', 'y', { ifMatch: made }))._unsafeUnwrapErr()).toEqual(FAILED);
    expect(
      (await put(store, bucket, 'other', 'y', { ifMatch: etag, ifNoneMatch: '*' }))._unsafeUnwrapErr(),
    ).toEqual(FAILED);
    expect(await contentOf(store, bucket, 'other')).toBe('x');
  });

  it('reads only the version that was asked for', async () => {
    const first = await putOk(store, bucket, 'k', 'first');
    expect((await store.get(bucket, key('k'), { ifMatch: first.etag })).isOk()).toBe(true);
    await putOk(store, bucket, 'k', 'second');
    expect((await store.get(bucket, key('k'), { ifMatch: first.etag }))._unsafeUnwrapErr()).toEqual(FAILED);
    expect((await store.get(bucket, key('k'), { ifMatch: 'other' }))._unsafeUnwrapErr()).toEqual(FAILED);
  });

  /** Contents of their own in every round: where an etag names the content, the same bytes replace nothing. */
  const race = async (
    round: number,
    condition: { readonly ifNoneMatch: '*' } | { readonly ifMatch: string },
  ) => {
    const racers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((racer) => `${racer}${round}`);
    const outcomes = await Promise.all(racers.map((racer) => put(store, bucket, 'k', racer, condition)));
    const won = racers.filter((_, n) => outcomes[n]?.isOk());
    const lost = outcomes.flatMap((outcome) => (outcome.isErr() ? [outcome.error] : []));
    return { won, lost };
  };

  it('lets exactly one of many creators win', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { won, lost } = await race(round, { ifNoneMatch: '*' });
      expect(won).toHaveLength(1);
      expect(lost).toEqual(Array(7).fill(FAILED));
      expect(await contentOf(store, bucket, 'k')).toBe(won[0]);
      (await store.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    }
  });

  it('lets exactly one of many replacers of the same version win', async () => {
    let { etag } = await putOk(store, bucket, 'k', 'start');
    for (let round = 0; round < 4; round += 1) {
      const { won, lost } = await race(round, { ifMatch: etag });
      expect(won).toHaveLength(1);
      expect(lost).toEqual(Array(7).fill(FAILED));
      expect(await contentOf(store, bucket, 'k')).toBe(won[0]);
      etag = (await store.head(bucket, key('k')))._unsafeUnwrap().etag;
    }
  });

  it('does not resurrect what a deletion took while a replacer was on its way', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { etag } = await putOk(store, bucket, 'k', 'start');
      const [replaced] = await Promise.all([
        put(store, bucket, 'k', 'next', { ifMatch: etag }),
        store.deleteMany(bucket, [key('k')]),
      ]);
      expect(replaced.isOk() || replaced.error.kind).toSatisfy(
        (o) => o === true || o === 'precondition_failed',
      );
      expect((await store.head(bucket, key('k'))).isErr()).toBe(true);
    }
  });
};
