import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '../../../../src/adapters/memory/storage/object-store.js';
import { systemClock } from '../../../../src/adapters/system/clock.js';
import { systemIds } from '../../../../src/adapters/system/ids.js';
import { type Objects, objectsIn } from '../../../../src/application/storage/objects-in.js';
import { jailed } from '../../../../src/application/storage/place.js';
import type { ObjectKey, Prefix } from '../../../../src/domain/storage/object-key.js';

const BUCKET = 'shared';
const bytesOf = async function* (text: string) {
  yield new TextEncoder().encode(text);
};
const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const name = fc.constantFrom('p', 'p2', 'a', 'b', 'é', '/', 'p/', 'p2/', '-', '0');
const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('') as ObjectKey);
const JAILS = ['', 'p/', 'p2/', 'p/p/', '/'] as const;
const step = fc.record({
  jail: fc.constantFrom(...JAILS),
  act: fc.constantFrom('put', 'delete', 'get', 'head', 'list', 'page'),
  key,
  delimiter: fc.constantFrom('/' as const, undefined),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The bucket as a map, and in each jail what a person there should see of it. */
type Model = Map<string, string>;

const seenFrom = (
  model: Model,
  jail: string,
  prefix: string,
  delimiter: '/' | undefined,
): readonly string[] => {
  const names = new Set<string>();
  for (const whole of model.keys()) {
    if (!whole.startsWith(jail) || whole === jail) continue;
    const own = whole.slice(jail.length);
    if (!own.startsWith(prefix)) continue;
    const slash = delimiter === undefined ? -1 : own.indexOf(delimiter, prefix.length);
    names.add(slash < 0 ? own : own.slice(0, slash + 1));
  }
  return [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
};

const listed = async (objects: Objects, prefix: string, delimiter: '/' | undefined, limit: number) => {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const request = { prefix: prefix as Prefix, delimiter, after, limit };
    const page = (await objects.list(request))._unsafeUnwrap();
    names.push(...page.entries.map((entry) => (entry.type === 'file' ? entry.object.key : entry.prefix)));
    after = page.next;
  } while (after !== undefined);
  return names;
};

const walk = async (objects: Objects, model: Model, { jail, act, key: own, delimiter }: Step, at: number) => {
  const whole = jail + own;
  if (act === 'put') {
    const content = `content ${at}`;
    const meta = (await objects.put(own, bytesOf(content), { maxBytes: 100 }))._unsafeUnwrap();
    expect(meta.key).toBe(own);
    model.set(whole, content);
  } else if (act === 'delete') {
    expect((await objects.deleteMany([own]))._unsafeUnwrap()).toEqual([]);
    model.delete(whole);
  } else if (act === 'get') {
    const got = await objects.get(own);
    expect(got.isOk() ? await textOf(got.value.body) : undefined).toBe(model.get(whole));
    if (got.isOk()) expect(got.value.meta.key).toBe(own);
  } else if (act === 'head') {
    const got = await objects.head(own);
    expect(got.isOk() ? got.value.key : undefined).toBe(model.has(whole) ? own : undefined);
  } else {
    const prefix = act === 'page' ? '' : own;
    const limit = act === 'page' ? 1 : 1_000;
    expect(await listed(objects, prefix, delimiter, limit)).toEqual(seenFrom(model, jail, prefix, delimiter));
  }
};

describe('A jail', () => {
  it('is a bucket of its own to whoever is in it, whatever lies beside it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const store = memoryObjects({ clock: systemClock, ids: systemIds });
        (await store.createBucket(BUCKET))._unsafeUnwrap();
        const model: Model = new Map();
        const all = objectsIn(store, BUCKET);
        for (const [at, one] of steps.entries()) {
          await walk(jailed(all, one.jail as Prefix), model, one, at);
          expect(await listed(all, '', undefined, 1_000)).toEqual(seenFrom(model, '', '', undefined));
        }
      }),
      { numRuns: 150 },
    ));

  it('shows nothing that a store should not have listed', async () => {
    const store = memoryObjects({ clock: systemClock, ids: systemIds });
    (await store.createBucket(BUCKET))._unsafeUnwrap();
    const all = objectsIn(store, BUCKET);
    for (const one of ['p', 'p/', 'p/in', 'p2/out'])
      (await all.put(one as ObjectKey, bytesOf(one), { maxBytes: 10 }))._unsafeUnwrap();
    const careless: Objects = { ...all, list: () => all.list({ prefix: '' as Prefix, limit: 1_000 }) };
    expect(await listed(jailed(careless, 'p/' as Prefix), '', undefined, 1_000)).toEqual(['in']);
  });

  it('names what could not be deleted as it was asked for', async () => {
    const store = memoryObjects({ clock: systemClock, ids: systemIds });
    (await store.createBucket(BUCKET))._unsafeUnwrap();
    const all = objectsIn(store, BUCKET);
    const refusing: Objects = {
      ...all,
      deleteMany: (keys) => all.deleteMany([]).map(() => keys.map((one) => ({ key: one, reason: 'no' }))),
    };
    expect((await jailed(refusing, 'p/' as Prefix).deleteMany(['a' as ObjectKey]))._unsafeUnwrap()).toEqual([
      { key: 'a', reason: 'no' },
    ]);
  });
});
