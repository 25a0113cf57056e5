import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ObjectStore, PutOptions } from '../../../src/ports/storage/object-store.js';
import { bytesOf, key, newBucket, prefix, put } from './object-store.rig.js';

/** What a bucket is to its users: names, each with its latest bytes. */
type Model = Map<string, { readonly content: string; readonly etag: string }>;
type Real = { readonly store: ObjectStore; readonly bucket: string };
type Step = fc.AsyncCommand<Model, Real>;
type Condition = 'none' | 'absent' | 'current' | 'outdated';

const optionsFor = (condition: Condition, current: string | undefined): Partial<PutOptions> => {
  if (condition === 'absent') return { ifNoneMatch: '*' };
  if (condition === 'outdated') return { ifMatch: 'outdated' };
  return condition === 'current' ? { ifMatch: current ?? 'nothing' } : {};
};
const mayPut = (condition: Condition, there: boolean): boolean =>
  condition === 'none' || condition === (there ? 'current' : 'absent');

const putting = (name: string, content: string, condition: Condition): Step => ({
  check: () => true,
  run: async (model, { store, bucket }) => {
    const current = model.get(name);
    const outcome = await put(store, bucket, name, content, optionsFor(condition, current?.etag));
    expect(outcome.isOk()).toBe(mayPut(condition, current !== undefined));
    if (outcome.isErr()) return expect(outcome.error).toEqual({ kind: 'precondition_failed' });
    const { etag } = outcome.value;
    // S3 derives it from the bytes alone: the same ones may have the same.
    for (const known of model.values()) if (known.content !== content) expect(etag).not.toBe(known.etag);
    model.set(name, { content, etag });
  },
  toString: () => `put ${name} (${content.length} bytes, ${condition})`,
});

const getting = (name: string, first: number): Step => ({
  check: () => true,
  run: async (model, { store, bucket }) => {
    const known = model.get(name);
    const got = await store.get(bucket, key(name), { range: { first } });
    if (!known) return expect(got._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    const size = known.content.length;
    if (first >= size) return expect(got._unsafeUnwrapErr()).toEqual({ kind: 'range_unsatisfiable', size });
    const object = got._unsafeUnwrap();
    expect(object.meta).toMatchObject({ key: name, etag: known.etag, size });
    expect((await bytesOf(object)).toString()).toBe(known.content.slice(first));
  },
  toString: () => `get ${name} from ${first}`,
});

const deleting = (names: readonly string[]): Step => ({
  check: () => true,
  run: async (model, { store, bucket }) => {
    expect((await store.deleteMany(bucket, names.map(key)))._unsafeUnwrap()).toEqual([]);
    for (const name of names) model.delete(name);
  },
  toString: () => `delete ${names.join(', ')}`,
});

const listing = (start: string): Step => ({
  check: () => true,
  run: async (model, { store, bucket }) => {
    const { entries } = (await store.list(bucket, { prefix: prefix(start), limit: 100 }))._unsafeUnwrap();
    const seen = entries.map((entry) => entry.type === 'file' && [entry.object.key, entry.object.etag]);
    const known = [...model]
      .filter(([name]) => name.startsWith(start))
      .map(([name, { etag }]) => [name, etag]);
    expect(seen).toEqual(known.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
  },
  toString: () => `list ${start}`,
});

const dropping: Step = {
  check: () => true,
  run: async (model, { store, bucket }) => {
    const dropped = await store.deleteBucket(bucket);
    expect(dropped.isOk()).toBe(model.size === 0);
    (await store.createBucket(bucket))._unsafeUnwrap();
  },
  toString: () => 'drop and create the bucket',
};

export const objectHistoryContract = (open: () => Promise<ObjectStore>, numRuns: number): void =>
  it('agrees with a map of names to bytes under any history', async () => {
    const name = fc.constantFrom('a', 'a/b', 'b', 'b/c/d');
    const condition = fc.constantFrom<Condition>('none', 'none', 'absent', 'current', 'outdated');
    const content = fc.integer({ min: 0, max: 40 }).map((size) => 'x'.repeat(size));
    const history = fc.commands(
      [
        fc.tuple(name, content, condition).map(([n, c, when]) => putting(n, c, when)),
        fc.tuple(name, fc.nat(40)).map(([n, first]) => getting(n, first)),
        fc.array(name, { minLength: 1, maxLength: 3 }).map(deleting),
        fc.constantFrom('', 'a', 'b/').map(listing),
        fc.constant(dropping),
      ],
      { maxCommands: 30 },
    );
    const store = await open();
    const setup = async () => ({ model: new Map(), real: { store, bucket: await newBucket(store) } });
    await fc.assert(
      fc.asyncProperty(history, (steps) => fc.asyncModelRun(setup, steps)),
      { numRuns },
    );
  });
